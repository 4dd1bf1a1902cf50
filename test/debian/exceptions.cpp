// C++ as Debian's g++ makes it: exceptions through frames and from libraries, thread_local, threads. Few headers: the
// compiler runs in the guest.
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <vector>

struct Noisy {
    explicit Noisy(int n) : number{n} {}
    ~Noisy() { std::printf("gone %d\n", number); }
    int number;
};

thread_local int count_of_thread = 1;

int thrower(int depth)
{
    const Noisy here{depth};
    if (depth == 3) throw std::runtime_error("from depth 3");
    return thrower(depth + 1) + 1;
}

int main()
{
    try {
        thrower(1);
    } catch (const std::exception& error) {
        std::printf("caught %s\n", error.what());
    }
    try {
        std::printf("%d\n", std::vector<int>(3).at(7));
    } catch (const std::out_of_range&) {
        std::puts("out of range");
    }
    std::vector<std::thread> threads;
    int results[4] = {};
    for (int i = 0; i < 4; i++)
        threads.emplace_back([i, &results] {
            try {
                count_of_thread += i;
                throw i;
            } catch (int n) {
                results[i] = n * 10 + count_of_thread;
            }
        });
    for (auto& thread : threads)
        thread.join();
    for (const int result : results)
        std::printf("%d ", result);
    std::puts("end");
    return 4;
}
