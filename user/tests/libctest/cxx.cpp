// What C++ programs ask of the library: constructors before main, new and delete, virtual functions.
extern "C" {
#include "check.h"
}
#include <stdlib.h>
#include <string.h>

namespace {

int constructed_before_main;

struct EarlyObject {
    EarlyObject() { constructed_before_main = atoi("41") + 1; }
} early_object;

struct Shape {
    virtual ~Shape() {}
    virtual int corners() const = 0;
};

struct Square : Shape {
    explicit Square(int* destroyed) : destroyed_(destroyed) {}
    ~Square() override { ++*destroyed_; }
    int corners() const override { return 4; }

private:
    int* destroyed_;
};

void constructors()
{
    CHECK_EQUAL(constructed_before_main, 42);
}

void objects()
{
    int destroyed = 0;
    Shape* shape = new Square(&destroyed);
    CHECK_EQUAL(shape->corners(), 4);
    delete shape;
    CHECK_EQUAL(destroyed, 1);
    int* numbers = new int[1000];
    memset(numbers, 0xff, 1000 * sizeof(int));
    CHECK_EQUAL(numbers[999], -1);
    delete[] numbers;
}

}  // namespace

extern "C" const struct test cxx_tests[] = {
    {"C++ constructors", constructors}, {"C++ new delete", objects}, {nullptr, nullptr}};
