//! How many operators the sieve of `patches/bench.c` costs, beside what clang makes of it.

mod c;

const SIEVE: &str = "
    unsigned char sieve[1024];
    int count_primes(void) {
        int count = 0;
        for (int round = 0; round < 100; round++) {
            count = 0;
            for (int i = 0; i < 1024; i++) sieve[i] = 0;
            sieve[0] = sieve[1] = 1;
            for (int i = 2; i < 1024; i++) {
                if (sieve[i]) continue;
                count++;
                for (int j = 2 * i; j < 1024; j += i) sieve[j] = 1;
            }
        }
        return count;
    }
    void print_i32(int x);
    void setup(void) { print_i32(count_primes()); }
";

#[test]
fn the_sieve_costs_at_most_1_3_times_what_it_costs_with_clang() {
    let own = c::run(&c::built(SIEVE).unwrap().wasm).unwrap();
    assert_eq!(own.text, "172\n");
    // Clang clears the array by one operator for all of it, unless it is told not to know `memset`.
    for (name, flags) in [("sieve", ["-O1", "-mbulk-memory"]), ("sieve_no_builtin", ["-O1", "-fno-builtin"])]
    {
        let clang = c::run(&c::clang::compile(SIEVE, name, &flags)).unwrap();
        assert_eq!(clang.text, "172\n");
        let ratio = own.instructions as f64 / clang.instructions as f64;
        println!("{name}: {} operators, clang {}, ratio {ratio:.3}", own.instructions, clang.instructions);
        assert!(ratio <= 1.3, "{} operators, clang {} with {flags:?}", own.instructions, clang.instructions);
    }
}
