// C++ as programs use it: exceptions across frames and libraries, RTTI, static objects, thread_local, streams, containers.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <vector>

struct Announced {
    const char* name;
    explicit Announced(const char* n) : name(n) { std::cout << "made " << name << "\n"; }
    ~Announced() { std::cout << "gone " << name << "\n"; }
};
static Announced global("global");
thread_local int per_thread = 5;

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const = 0;
};
struct Square : Shape {
    double side = 3;
    double area() const override { return side * side; }
};
struct Circle : Shape {
    double area() const override { return 3.0; }
};
struct Own : std::runtime_error {
    int code;
    Own(int c) : std::runtime_error("own"), code(c) {}
};

static int deep(int n)
{
    Announced here(n % 2 ? "odd" : "even");
    if (n == 0) throw Own(42);
    return deep(n - 1) + 1;
}

static int compare(const void* a, const void* b)
{
    if (*static_cast<const int*>(a) == 3) throw 3.5;  // through qsort's frames
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

int main()
{
    static Announced local("static in main");
    try {
        deep(3);
    } catch (const std::exception& error) {
        const auto* own = dynamic_cast<const Own*>(&error);
        std::cout << "caught " << error.what() << " " << (own ? own->code : 0) << "\n";
    }
    int numbers[] = {5, 3, 1};
    try {
        qsort(numbers, 3, sizeof(int), compare);
    } catch (double value) {
        std::cout << "caught " << value << "\n";
    }
    try {
        try {
            std::vector<int>().at(5);
        } catch (...) {
            std::throw_with_nested(std::logic_error("outer"));
        }
    } catch (const std::exception& error) {
        try {
            std::rethrow_if_nested(error);
        } catch (const std::out_of_range&) {
            std::cout << "nested in " << error.what() << "\n";
        }
    }
    std::vector<std::unique_ptr<Shape>> shapes;
    shapes.emplace_back(new Square);
    shapes.emplace_back(new Circle);
    for (const auto& shape : shapes)
        std::cout << (typeid(*shape) == typeid(Square) ? "square " : "circle ") << shape->area() << "\n";
    std::map<std::string, int> words;
    std::istringstream text("one two one three one");
    for (std::string word; text >> word;)
        words[word]++;
    for (const auto& [word, count] : words)
        std::cout << word << "=" << count << "\n";
    std::ofstream("cxx.txt") << "line one\nline two\n";
    std::ifstream file("cxx.txt");
    std::string line;
    while (std::getline(file, line))
        std::cout << line.size() << "\n";
    std::sort(numbers, numbers + 3, [](int a, int b) { return a > b; });
    std::cout << numbers[0] << " " << ++per_thread << std::endl;
    try {
        operator delete(operator new(static_cast<std::size_t>(-1) / 2 + 1));
    } catch (const std::bad_alloc&) {
        std::cout << "too large\n";
    }
    return 6;
}
