// IntrusiveList<T, Tag>: a doubly linked ring through nodes that the elements carry (T derives from ListNode<Tag>).
//
// No allocation, O(1) insert and remove; an element is on at most one list for each Tag. The lock is the owner's.
#pragma once

#include "lib/types.h"

namespace faultline {

struct DefaultTag;

template <class Tag = DefaultTag> class ListNode {
public:
    constexpr ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;

    bool on_list() const { return next_ != nullptr; }
    void unlink()
    {
        previous_->next_ = next_;
        next_->previous_ = previous_;
        next_ = previous_ = nullptr;
    }

private:
    template <class T, class U> friend class IntrusiveList;
    void insert_before(ListNode* node)
    {
        next_ = node;
        previous_ = node->previous_;
        previous_->next_ = this;
        node->previous_ = this;
    }

    ListNode* next_ = nullptr;
    ListNode* previous_ = nullptr;
};

template <class T, class Tag = DefaultTag> class IntrusiveList {
    using Node = ListNode<Tag>;

public:
    class Iterator {
    public:
        explicit Iterator(Node* node) : node_{node}, next_{node->next_} {}
        T& operator*() const { return *static_cast<T*>(node_); }
        Iterator& operator++()  // the element just visited may be unlinked meanwhile
        {
            node_ = next_;
            next_ = node_->next_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return node_ != other.node_; }

    private:
        Node* node_;
        Node* next_;
    };

    constexpr IntrusiveList() = default;
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;

    bool empty() const { return head_.next_ == nullptr || head_.next_ == &head_; }
    T* first() const { return empty() ? nullptr : static_cast<T*>(head_.next_); }
    T* last() const { return empty() ? nullptr : static_cast<T*>(head_.previous_); }
    void push_back(T& element)
    {
        ready();
        static_cast<Node&>(element).insert_before(&head_);
    }
    void push_front(T& element)
    {
        ready();
        static_cast<Node&>(element).insert_before(head_.next_);
    }
    void remove(T& element) { static_cast<Node&>(element).unlink(); }
    T* pop_front()
    {
        T* element = first();
        if (element) remove(*element);
        return element;
    }
    void take_all(IntrusiveList& other)  // this one must be empty
    {
        if (other.empty()) return;
        head_.next_ = other.head_.next_;
        head_.previous_ = other.head_.previous_;
        head_.next_->previous_ = head_.previous_->next_ = &head_;
        other.head_.next_ = other.head_.previous_ = &other.head_;
    }
    Iterator begin()
    {
        ready();
        return Iterator{head_.next_};
    }
    Iterator end()
    {
        ready();
        return Iterator{&head_};
    }

private:
    // The head points to itself from its first use on: a list may stand in zeroed memory without a constructor.
    void ready()
    {
        if (!head_.next_) head_.next_ = head_.previous_ = &head_;
    }

    Node head_;
};

}  // namespace faultline
