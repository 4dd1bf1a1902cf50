// C++ as Debian's g++ makes it: exceptions through frames and from libraries, thread_local, threads, streams.
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

struct Noisy {
    explicit Noisy(int n) : number{n} {}
    ~Noisy() { std::cout << "gone " << number << '\n'; }
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
        std::cout << "caught " << error.what() << '\n';
    }
    try {
        std::cout << std::vector<int>(3).at(7) << '\n';
    } catch (const std::out_of_range&) {
        std::cout << "out of range\n";
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
        std::cout << result << ' ';
    const auto words = std::make_unique<std::map<std::string, int>>();
    (*words)["a"] = 1;
    std::cout << words->size() << '\n';
    return 4;
}
