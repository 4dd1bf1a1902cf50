#include "mm/eviction.h"

#include "core/log.h"
#include "core/random.h"
#include "core/spinlock.h"
#include "lib/atomic.h"
#include "lib/bits.h"
#include "lib/string.h"

namespace faultline {

bool eviction_keeps_order;

namespace {

// Goes round the frame table. Pages that were used since the hand last passed get a second chance.
class Clock final : public EvictionPolicy {
public:
    const char* name() const override { return "clock"; }
    Frame next() override { return Frame{hand_.fetch_add(1) % frame_limit()}; }
    bool spares_used_pages() const override { return true; }

private:
    Atomic<u32> hand_;
};

// The page that came first goes first, used or not. A doubly linked list through a table with a pair of links for each
// frame; frame 0, never a program's, is its head.
class Fifo final : public EvictionPolicy {
public:
    const char* name() const override { return "fifo"; }
    bool spares_used_pages() const override { return false; }

    void init(void* table)
    {
        SpinGuard guard{lock_};
        links_ = static_cast<Links*>(table);
    }

    Frame next() override
    {
        SpinGuard guard{lock_};
        const u32 oldest = links_[0].next;
        if (oldest != 0) unlink(oldest);
        return Frame{oldest};
    }
    void stays(Frame frame) override { arrived(frame); }

    void arrived(Frame frame)
    {
        const u32 number = frame.number();
        if (number == 0) return;
        SpinGuard guard{lock_};
        if (is_linked(number)) unlink(number);
        Links& links = links_[number];
        links.next = 0;
        links.previous = links_[0].previous;
        links_[links.previous].next = number;
        links_[0].previous = number;
    }

private:
    struct Links {
        u32 next;
        u32 previous;
    };

    void unlink(u32 number) REQUIRES(lock_)
    {
        Links& links = links_[number];
        links_[links.previous].next = links.next;
        links_[links.next].previous = links.previous;
        links = Links{number, number};
    }
    // An element of the list points to another one or to the head; who points to itself, or has never been on it, is alone.
    bool is_linked(u32 number) const REQUIRES(lock_)
    {
        const Links& links = links_[number];
        return links.next != number && (links.next != 0 || links_[0].previous == number);
    }

    SpinLock lock_{LockRank::Leaf};
    Links* links_ GUARDED_BY(lock_) = nullptr;

public:
    static constexpr u32 kBytesPerFrame = sizeof(Links);
};

// Any frame.
class Random final : public EvictionPolicy {
public:
    const char* name() const override { return "random"; }
    Frame next() override
    {
        u32 number;
        random_bytes({reinterpret_cast<u8*>(&number), sizeof(number)});
        return Frame{number % frame_limit()};
    }
    bool spares_used_pages() const override { return false; }
};

Clock the_clock;
Fifo fifo;
Random random;
EvictionPolicy* policy = &the_clock;

}  // namespace

u32 eviction_bytes_per_frame(const char* name)
{
    return name && StringView{name} == "fifo" ? Fifo::kBytesPerFrame : 0;
}

void init_eviction(const char* name)
{
    if (!name || StringView{name} == "clock") return;
    if (StringView{name} == "random") {
        policy = &random;
    } else if (StringView{name} == "fifo") {
        fifo.init(frame_side_table());
        policy = &fifo;
        eviction_keeps_order = true;
    } else {
        log_warn("evict=%s: there is none of that name (clock, fifo, random); the clock it is", name);
    }
}

EvictionPolicy& eviction_policy()
{
    return *policy;
}

void note_arrival(Frame frame)
{
    fifo.arrived(frame);
}

}  // namespace faultline
