// The 30th Fibonacci number the slow way: nothing but calls.

__attribute__((noinline)) static int fib(int n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

__attribute__((export_name("run"))) int run(void) {
    return fib(30);
}
