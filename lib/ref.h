// Ref<T>: owns one count of a T. A bare T* or T& never owns.
//
// T derives from RefCounted and has `void last_ref_dropped()` (through a virtual of its own where it has heirs), which
// gives the object back. Counts are atomic: no lock is needed to copy a Ref, and none may be held that
// last_ref_dropped() wants.
#pragma once

#include "lib/atomic.h"
#include "lib/new.h"

namespace faultline {

class RefCounted {
public:
    void retain() { count_.fetch_add(1); }
    // Takes a count only if the object is not on its way out: for tables that hold no count of their own.
    bool retain_if_live()
    {
        u32 count = count_.load();
        while (count != 0)
            if (count_.compare_exchange(count, count + 1)) return true;
        return false;
    }
    bool release() { return count_.fetch_sub(1) == 1; }  // true: that was the last
    void revive() { count_.store(1); }                   // of memory that is used again
    u32 ref_count() const { return count_.load(); }

private:
    Atomic<u32> count_{1};
};

template <class T> class Ref {
public:
    Ref() = default;
    Ref(decltype(nullptr)) {}
    Ref(const Ref& other) : pointer_{other.pointer_}
    {
        if (pointer_) pointer_->retain();
    }
    Ref(Ref&& other) : pointer_{other.pointer_} { other.pointer_ = nullptr; }
    template <class U> Ref(const Ref<U>& other) : Ref{share(other.get())} {}
    template <class U> Ref(Ref<U>&& other) : pointer_{other.leak()} {}
    ~Ref() { drop(); }
    Ref& operator=(const Ref& other)
    {
        Ref copy{other};
        swap(pointer_, copy.pointer_);
        return *this;
    }
    Ref& operator=(Ref&& other)
    {
        if (this != &other) {
            T* old = pointer_;
            pointer_ = other.pointer_;
            other.pointer_ = nullptr;
            Ref dropped = adopt(old);
        }
        return *this;
    }

    static Ref adopt(T* pointer)  // takes over the count that the caller owns
    {
        Ref ref;
        ref.pointer_ = pointer;
        return ref;
    }
    static Ref share(T* pointer)  // takes a count of its own
    {
        if (pointer) pointer->retain();
        return adopt(pointer);
    }
    T* leak()  // the caller owns the count now
    {
        T* pointer = pointer_;
        pointer_ = nullptr;
        return pointer;
    }

    T* get() const { return pointer_; }
    T* operator->() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }
    bool operator==(const Ref& other) const { return pointer_ == other.pointer_; }
    bool operator!=(const Ref& other) const { return pointer_ != other.pointer_; }

private:
    void drop()
    {
        if (pointer_ && pointer_->release()) pointer_->last_ref_dropped();
    }

    T* pointer_ = nullptr;
};

}  // namespace faultline
