#include "kernel/pending_signals.h"

#include "kernel/task.h"
#include "mm/heap.h"

namespace faultline {

SignalInfo SignalInfo::from_task(u32 signal, i32 code, const Task& sender)
{
    const Process& process = sender.process();
    return {signal, code, {process.pid(), process.uids.real}};
}

// ---- Quotas: a record for each user with something to count, so that there are a few of them at most ----

namespace {

IntrusiveList<SignalQuota> quotas GUARDED_BY(process_lock);

SignalQuota* find_quota_locked(u32 uid) REQUIRES(process_lock)
{
    for (SignalQuota& quota : quotas)
        if (quota.uid == uid) return &quota;
    return nullptr;
}

}  // namespace

Result<SignalQuota*> take_quota_locked(const Process& process)
{
    const u32 uid = process.uids.real;
    SignalQuota* quota = find_quota_locked(uid);
    const u32 count = quota ? quota->count : 0;
    if (count >= process.limits[kLimitSignals].soft) return Errno::Again;
    if (!quota) {
        auto made = make<SignalQuota>();
        if (!made.ok()) return Errno::Again;
        quota = made.value();
        quota->uid = uid;
        quotas.push_back(*quota);
    }
    quota->count++;
    return quota;
}

void release_quota_locked(SignalQuota* quota)
{
    if (!quota || --quota->count != 0) return;
    quotas.remove(*quota);
    destroy(quota);
}

u32 queued_signals_locked(u32 uid)
{
    const SignalQuota* quota = find_quota_locked(uid);
    return quota ? quota->count : 0;
}

// ---- PendingSignals ----

namespace {

// Word by word: the compiler makes a loop of an assignment.
inline void copy_info(SignalInfo& to, const SignalInfo& from)
{
    static_assert(kSignalInfoFields == 5);
    to.signal = from.signal;
    to.code = from.code;
    to.fields[0] = from.fields[0];
    to.fields[1] = from.fields[1];
    to.fields[2] = from.fields[2];
    to.fields[3] = from.fields[3];
    to.fields[4] = from.fields[4];
}

bool is_queued(u32 signal)
{
    return signal >= kSigFirstQueued;
}

}  // namespace

QueuedSignal* PendingSignals::find_room(const SignalInfo& info, Details details,
                                        const Process& receiver) NO_THREAD_SAFETY_ANALYSIS
{
    if (details == Details::Drop) return nullptr;
    SignalQuota* quota = nullptr;
    if (is_queued(info.signal)) {
        auto taken = take_quota_locked(receiver);
        if (!taken.ok()) return nullptr;
        quota = taken.value();
    }
    auto made = make<QueuedSignal>();
    if (!made.ok()) {
        release_quota_locked(quota);
        return nullptr;
    }
    made.value()->quota = quota;
    return made.value();
}

void PendingSignals::give_back(QueuedSignal& queued) NO_THREAD_SAFETY_ANALYSIS
{
    if (&queued == &spare_) {
        spare_used_ = false;
        return;
    }
    release_quota_locked(queued.quota);
    destroy(&queued);
}

void PendingSignals::append(QueuedSignal& queued)
{
    queued.next = nullptr;
    *end_ = &queued;
    end_ = &queued.next;
}

void PendingSignals::unlink(QueuedSignal** link)
{
    QueuedSignal* const queued = *link;
    *link = queued->next;
    if (end_ == &queued->next) end_ = link;
}

Result<void> PendingSignals::add(const SignalInfo& info, Details details, const Process& receiver)
{
    if (!is_queued(info.signal)) {
        if (set_.has(info.signal)) return {};
        if (!spare_used_) {
            spare_used_ = true;
            set_.add(info.signal);
            copy_info(spare_.info, info);
            append(spare_);
            return {};
        }
    }
    return add_more(info, details, receiver);
}

Result<void> PendingSignals::add_more(const SignalInfo& info, Details details, const Process& receiver)
{
    QueuedSignal* queued = find_room(info, details, receiver);
    if (!queued && is_queued(info.signal) && info.code != kCodeUser && details == Details::Keep)
        return Errno::Again;
    set_.add(info.signal);
    if (!queued) return {};
    queued->info = info;
    append(*queued);
    return {};
}

void PendingSignals::add_own(QueuedSignal& queued)
{
    set_.add(queued.info.signal);
    append(queued);
}

void PendingSignals::forget_if_none(u32 signal)
{
    for (const QueuedSignal* queued = first_; queued; queued = queued->next)
        if (queued->info.signal == signal) return;
    set_.remove(signal);
}

void PendingSignals::take(u32 signal, SignalInfo& info)
{
    if (first_ == &spare_ && spare_.info.signal == signal && !spare_.next) {
        copy_info(info, spare_.info);
        first_ = nullptr;
        end_ = &first_;
        spare_used_ = false;
        return set_.remove(signal);
    }
    QueuedSignal** link = &first_;
    while (*link && (*link)->info.signal != signal)
        link = &(*link)->next;
    QueuedSignal* const queued = *link;
    if (!queued) {  // its details found no room
        info = {signal, kCodeUser, {}};
        set_.remove(signal);
        return;
    }
    info = queued->info;
    unlink(link);
    if (first_ == nullptr)
        set_.remove(signal);
    else
        forget_if_none(signal);
    if (queued->unqueued)
        queued->unqueued(*queued, &info);
    else
        give_back(*queued);
}

void PendingSignals::remove(SignalSet which)
{
    if (set_.common(which).empty()) return;
    set_ = set_.without(which);
    for (QueuedSignal** link = &first_; *link;) {
        QueuedSignal& queued = **link;
        if (!which.has(queued.info.signal)) {
            link = &queued.next;
            continue;
        }
        unlink(link);
        if (queued.unqueued)
            queued.unqueued(queued, nullptr);
        else
            give_back(queued);
    }
}

void PendingSignals::remove_own(QueuedSignal& wanted)
{
    for (QueuedSignal** link = &first_; *link; link = &(*link)->next) {
        if (*link != &wanted) continue;
        unlink(link);
        return forget_if_none(wanted.info.signal);
    }
}

}  // namespace faultline
