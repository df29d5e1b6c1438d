//! Each rule of the C dialect as a small program, with the output worked out by hand.

mod c;

use c::printed;

/// Sees that the statements of a `setup` print these lines.
fn check(before: &str, statements: &str, lines: &[&str]) {
    let source = format!("#include <conez_api.h>\n{before}\nvoid setup(void) {{\n{statements}\n}}\n");
    let expected: String = lines.iter().map(|line| format!("{line}\n")).collect();
    match printed(&source) {
        Ok(text) => assert_eq!(text, expected, "{source}"),
        Err(error) => panic!("{error}\n{source}"),
    }
}

#[test]
fn integers_have_their_sizes() {
    check(
        "",
        r#"printf("%d %d %d %d %d\n", sizeof(char), sizeof(short), sizeof(int), sizeof(long), sizeof(long long));
           printf("%d %d %d\n", sizeof(float), sizeof(double), sizeof(void *));
           unsigned char u = 250; u += 10; printf("%d\n", u);
           signed char s = 127; s++; printf("%d\n", s);
           char c = (char)200; printf("%d\n", c);
           unsigned short h = 65535; h++; printf("%d\n", h);
           short n = (short)40000; printf("%d\n", n);
           n = (unsigned short)50000; c = u + 196; printf("%d %d %d\n", n, c, (unsigned char)c);"#,
        &["1 2 4 4 8", "4 8 4", "4", "-128", "-56", "0", "-25536", "-15536 -56 200"],
    );
}

#[test]
fn small_integers_are_stored_in_their_bytes() {
    check(
        "unsigned char a[4]; short b[3]; unsigned short u[2]; signed char s[2];",
        r#"a[0] = 255; a[1] = 256 + 7; a[3] = 9;
           printf("%d %d %d %d\n", a[0], a[1], a[2], a[3]);
           b[1] = -3; b[2] = 70000; printf("%d %d %d\n", b[0], b[1], b[2]);
           u[0] = -1; s[1] = 128; printf("%d %d\n", u[0], s[1]);
           printf("%d %d\n", sizeof a, sizeof b);"#,
        &["255 7 0 9", "0 -3 4464", "65535 -128", "4 6"],
    );
}

#[test]
fn integers_are_promoted_and_converted_as_in_c() {
    check(
        "",
        r#"unsigned char a = 200, b = 100; printf("%d\n", a + b);
           unsigned u = 1; printf("%d %d\n", -1 < 1, -1 < u);
           int i = -7; printf("%d %d %d\n", i / 2, i % 2, i >> 1);
           unsigned v = 0xFFFFFFF9; printf("%u %u %u\n", v / 2, v % 10, v >> 28);
           long long l = 1LL << 40; printf("%lld %lld\n", l, l / 3);
           printf("%lld\n", (long long)i * 1000000000);
           unsigned long long ul = 0 - 1ULL; printf("%d\n", ul / 2 == 9223372036854775807ULL);
           printf("%d %d %d\n", 5 / 2 * 2, 7 & 3 | 8, 1 + 2 << 3);"#,
        &[
            "300",
            "1 0",
            "-3 -1 -4",
            "2147483644 9 15",
            "1099511627776 366503875925",
            "-7000000000",
            "1",
            "4 11 24",
        ],
    );
}

#[test]
fn floats_and_doubles_are_told_apart() {
    check(
        "float half(float x) { return x / 2; } double third(double x) { return x / 3; }",
        r#"float f = 0.1f; double d = 0.1; printf("%d %d\n", f == d, f == (float)d);
           print_f32(half(3)); print_f64(third(1)); printf("%d %d\n", (int)2.9, (int)-2.9f);
           printf("%f\n", 1 / 4.0f); int i = 7; f = i; printf("%f %d\n", f, 3.5f > i);
           unsigned u = 3000000000u; printf("%f %u\n", (double)u, (unsigned)2999999999.0);
           printf("%d %d\n", !0.0f, !0.5);"#,
        &[
            "0 1",
            "1.5",
            "0.3333333333333333",
            "2 -2",
            "0.250000",
            "7.000000 0",
            "3000000000.000000 2999999999",
            "1 0",
        ],
    );
}

#[test]
fn literals() {
    check(
        "",
        r#"printf("%d %d %d %d\n", 0x1F, 017, 0b101, 'A');
           printf("%d %d %d\n", '\n', '\x41', '\101');
           printf("%d %d\n", sizeof 1.0f, sizeof 1.0);
           printf("%d %d %d\n", sizeof 1, sizeof 1LL, sizeof 3000000000);
           printf("%s%s\n", "one " "two", "\ttab\\");
           printf("%d %d\n", sizeof "abc", "abc"[1]);
           print_f64(1e3); print_f64(.5); print_f64(0x1.8p1);"#,
        &["31 15 5 65", "10 65 65", "4 8", "4 8 8", "one two\ttab\\", "4 98", "1000", "0.5", "3"],
    );
}

#[test]
fn logic_stops_when_it_knows() {
    check(
        "int count; int touch(int r) { count++; return r; }",
        r#"int a = touch(0) && touch(1); printf("%d %d\n", a, count);
           a = touch(2) || touch(1); printf("%d %d\n", a, count);
           if (!(touch(1) && touch(0)) || touch(1)) printf("yes %d\n", count);
           printf("%d %d\n", !5, !!5);
           a = 3; printf("%d\n", a > 2 ? a < 5 ? 10 : 20 : 30);
           printf("%d\n", (a = 4, a + 1));
           long long l = 1LL << 40; if (l) printf("l\n"); double d = 0.25; if (d) printf("d\n");
           printf("%d\n", l && d);"#,
        &["0 1", "1 2", "yes 4", "0 1", "10", "5", "l", "d", "1"],
    );
}

#[test]
fn assignments_are_values() {
    check(
        "int g; unsigned char b[3]; int a[4];",
        r#"int x, y; x = y = 5; printf("%d %d\n", x, y);
           x += y *= 2; printf("%d %d\n", x, y);
           printf("%d %d\n", x++ + ++y, x);
           g = 7; printf("%d %d %d\n", g++, g, --g);
           printf("%d %d\n", b[1] = 300, b[1]);
           b[2] = 255; printf("%d %d %d\n", b[2]++, b[2], --b[2]);
           int i = 0; a[i++] += 3; a[i++] -= 4; printf("%d %d %d\n", a[0], a[1], i);
           x = 1; x <<= 4; x |= 3; x ^= 1; x %= 5; printf("%d\n", x);
           unsigned char c = 10; c *= 30; printf("%d\n", c);
           float f = 1; f /= 4; f += 2; print_f32(f);
           int k = 3; k *= 1.5; printf("%d\n", k);"#,
        &["5 5", "15 10", "26 16", "7 8 7", "44 44", "255 0 255", "3 -4 2", "3", "44", "2.25", "4"],
    );
}

#[test]
fn loops() {
    check(
        "",
        r#"int s = 0; for (int i = 0; i < 5; i++) { if (i == 2) continue; if (i == 4) break; s += i; } printf("%d\n", s);
           int n = 3; while (n--) s += 10; printf("%d %d\n", s, n);
           do { n++; } while (n < 5); printf("%d\n", n);
           for (;;) { if (++n > 8) break; } printf("%d\n", n);
           for (int i = 0, j = 10; i < j; i++, j--) n = i * j; printf("%d\n", n);
           for (int i = 5; i < 5; i++) printf("never\n");
           while (0) printf("never\n");
           int p = 0; for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) { if (j > i) break; p = p * 2 + 1; } printf("%d\n", p);"#,
        &["4", "34 -1", "5", "9", "24", "63"],
    );
}

#[test]
fn a_switch_falls_through_and_takes_default_anywhere() {
    check(
        "int f(int x) { int r = 0; switch (x) { default: r = 100; case 1: r += 1; break; case 2: case 3: r = 23; break; \
         case -5: return -1; case 7: { r = 70; } } return r; }\n\
         int sparse(unsigned x) { switch (x) { case 1000000: return 1; case 4000000000u: return 2; case 3: return 3; } return 0; }\n\
         int big(long long x) { switch (x) { case 1LL << 40: return 1; case 2: return 2; default: return 3; } }",
        r#"printf("%d %d %d %d %d %d %d\n", f(0), f(1), f(2), f(3), f(-5), f(7), f(9));
           printf("%d %d %d %d\n", sparse(1000000), sparse(4000000000u), sparse(3), sparse(4));
           printf("%d %d %d\n", big(1LL << 40), big(2), big(0));
           for (int i = 0; i < 4; i++) { switch (i) { case 1: continue; case 3: break; default: printf("i%d\n", i); } }"#,
        &["101 1 23 23 -1 70 101", "1 2 3 0", "1 2 3", "i0", "i2"],
    );
}

#[test]
fn goto_and_labels() {
    check(
        "",
        r#"int n = 0;
           again: n++; if (n < 3) goto again; printf("%d\n", n);
           for (int i = 0; i < 3; i++) for (int j = 0; j < 3; j++) if (i * j == 2) goto out;
           out: printf("out\n");"#,
        &["3", "out"],
    );
}

#[test]
fn pointers_count_what_they_point_to() {
    check(
        "int a[5] = {10, 11, 12, 13, 14}; double d[3]; char text[] = \"hello\";",
        r#"int *p = a + 1; printf("%d %d %d\n", *p, p[2], p[-1]);
           p += 2; printf("%d %d\n", *p++, *p); printf("%d\n", p - a); printf("%d\n", &a[4] - &a[1]);
           double *q = d; *q++ = 1.5; *q = 2.5; q[1] = 4; print_f64(d[0] + d[1] + d[2]);
           char *c = text; while (*c) c++; printf("%d\n", c - text); c = &text[1]; *c = 'E'; printf("%s\n", text);
           int **pp = &p; **pp = 99; printf("%d %d\n", a[4], p > a); printf("%d\n", 2[a]);
           void *v = a; printf("%d\n", *(int *)v + *((int *)v + 1));
           printf("%d %d\n", p == a + 4, p != 0); int x = 5; int *px = &x; *px += 2; printf("%d\n", x);
           int i = 1; printf("%d\n", *(&a[2] - i)); printf("%d\n", (a + 3)[-i]);"#,
        &["11 13 10", "13 14", "4", "3", "8", "5", "hEllo", "99 1", "12", "21", "1 1", "7", "11", "12"],
    );
}

#[test]
fn arrays_of_arrays() {
    check(
        "int m[2][3] = {{1, 2, 3}, {4, 5, 6}}; char names[2][4] = {\"ab\", \"xyz\"}; int sum(int t[][3], int n) { int s = 0; \
         for (int i = 0; i < n; i++) for (int j = 0; j < 3; j++) s += t[i][j]; return s; }",
        r#"printf("%d %d %d\n", m[1][2], sizeof m, sizeof m[0]); m[0][1] = 20; printf("%d\n", sum(m, 2));
           printf("%s %s\n", names[0], names[1]); int (*row)[3] = m; row++; printf("%d\n", (*row)[0]);
           unsigned char grid[3][5]; for (int y = 0; y < 3; y++) for (int x = 0; x < 5; x++) grid[y][x] = y * 10 + x;
           printf("%d %d\n", grid[2][4], *(&grid[0][0] + 7));"#,
        &["6 24 12", "39", "ab xyz", "4", "24 12"],
    );
}

#[test]
fn first_values() {
    check(
        "int a[5] = {1, 2}; int b[] = {5, 6, 7}; int d[6] = {[3] = 30, 31, [0] = 1}; char s[6] = \"hi\"; char t[] = {'a', 0};\n\
         int m[2][2] = {1, 2, 3}; const char *names[] = {\"zero\", \"one\"}; float f = 1; int e = 3 * 4 - 2; int *pa = &a[1]; int neg = -5;\n\
         long long big = 1LL << 33; double dd = 1 / 4.0; unsigned char u = 300 - 45; int z;",
        r#"printf("%d %d %d %d\n", a[0], a[1], a[4], sizeof b / sizeof b[0]);
           printf("%d %d %d %d\n", d[0], d[3], d[4], d[5]); printf("%s %d %s\n", s, s[5], t);
           printf("%d %d %d\n", m[0][1], m[1][0], m[1][1]); printf("%s %s\n", names[0], names[1]);
           printf("%f %d %d %d\n", f, e, *pa, neg); printf("%lld %f %d %d\n", big, dd, u, z);
           int l[4] = {9, 8}; int x = 3; int v[3] = {x, x + 1}; printf("%d %d %d %d %d\n", l[1], l[3], v[0], v[1], v[2]);
           char w[] = "word"; w[0] = 'W'; printf("%s %d\n", w, sizeof w);
           for (int i = 0; i < 2; i++) { int again[3] = {i, 1}; again[1] += 5; printf("%d %d\n", again[0], again[1]); }
           const int table[] = {2, 4, 8, 16, 32, 64}; printf("%d\n", table[5]);"#,
        &[
            "1 2 0 3",
            "1 30 31 0",
            "hi 0 a",
            "2 3 0",
            "zero one",
            "1.000000 10 2 -5",
            "8589934592 0.250000 255 0",
            "8 0 3 4 0",
            "Word 5",
            "0 6",
            "1 6",
            "64",
        ],
    );
}

#[test]
fn structures() {
    check(
        "struct P { int x, y; }; struct Mixed { char c; short s; int i; double d; char e; };\n\
         typedef struct { struct P at; unsigned char rgb[3]; const char *name; } Pixel;\n\
         struct P origin = {1, 2}; Pixel pixels[2] = {{{3, 4}, {5, 6, 7}, \"a\"}, {.name = \"b\", .at = {.y = 9}}};\n\
         int area(struct P p) { p.x *= 2; return p.x * p.y; } struct P made(int x) { struct P p = {x, x + 1}; return p; }\n\
         void move(struct P *p, int by) { p->x += by; p->y += by; }\n\
         struct Node { int value; struct Node *next; }; union U { int i; unsigned char b[4]; float f; };",
        r#"printf("%d %d %d\n", sizeof(struct P), sizeof(struct Mixed), sizeof(Pixel));
           struct P p = {5, 6}, q; q = p; q.x = 50; printf("%d %d %d\n", p.x, q.x, q.y);
           printf("%d %d\n", area(p), p.x); move(&p, 10); printf("%d %d\n", p.x, p.y);
           printf("%d %d %d %s\n", pixels[0].at.y, pixels[0].rgb[2], pixels[1].at.y, pixels[1].name);
           printf("%d %d\n", made(3).y, area(made(2))); q = made(7); printf("%d\n", q.x + q.y);
           struct P both[2]; both[0] = made(1); both[1] = made(2); printf("%d %d\n", both[0].y, both[1].y);
           struct Node last = {3, NULL}, first = {1, &last}; int s = 0; for (struct Node *n = &first; n; n = n->next) s += n->value; printf("%d\n", s);
           union U u; u.i = 0x01020304; printf("%d %d\n", u.b[0], u.b[3]); u.f = 1.0f; printf("%x\n", u.i);
           Pixel copy = pixels[0]; copy.rgb[0] = 255; printf("%d %d\n", pixels[0].rgb[0], copy.rgb[0]);
           printf("%d %d\n", origin.x, (&origin)->y); struct P *pp = &both[1]; pp->x++; printf("%d\n", both[1].x);"#,
        &[
            "8 24 16", "5 50 6", "60 5", "15 16", "4 7 9 b", "4 12", "15", "2 3", "4", "4 1", "3f800000",
            "5 255", "1 2", "3",
        ],
    );
}

#[test]
fn members_without_a_name() {
    check(
        "struct S { int tag; union { int i; float f; }; struct { short lo, hi; }; }; struct S g = {1, {2}, {3, 4}};",
        r#"printf("%d %d %d %d\n", g.tag, g.i, g.lo, g.hi); g.f = 2.0f; printf("%x %d\n", g.i, sizeof g);"#,
        &["1 2 3 4", "40000000 12"],
    );
}

#[test]
fn enumerations_and_typedefs() {
    check(
        "enum Colour { RED, GREEN = 5, BLUE }; typedef enum { LOW = -1, HIGH = 1 << 4 } Level; typedef unsigned char byte;\n\
         typedef int Row[3]; typedef int (*Op)(int, int); enum { SIZE = BLUE * 2 }; int data[SIZE];",
        r#"enum Colour c = BLUE; Level l = HIGH; byte b = 256 + 3; Row r = {1, 2, 3};
           printf("%d %d %d %d %d %d\n", RED, c, l, LOW, b, r[2]); printf("%d %d\n", sizeof data, sizeof(Row));
           switch (c) { case RED: printf("red\n"); break; case BLUE: printf("blue\n"); }"#,
        &["0 6 16 -1 3 3", "48 12", "blue"],
    );
}

#[test]
fn constant_variables_are_constants() {
    check(
        "const int COUNT = 3; static const float HALF = 0.5f; int data[COUNT * 2];",
        r#"const int local = COUNT + 1; char a[local]; switch (4) { case local: printf("%d %d\n", sizeof data, sizeof a); }
           const int *p = &local; printf("%d\n", *p); print_f32(HALF * 3); const int other = get_param(1); printf("%d\n", other);"#,
        &["24 4", "4", "1.5", "10"],
    );
}

#[test]
fn function_pointers() {
    check(
        "int add(int a, int b) { return a + b; } int sub(int a, int b) { return a - b; } float twice(float x) { return x * 2; }\n\
         int (*table[2])(int, int) = {add, &sub}; int apply(int (*f)(int, int), int a, int b) { return f(a, b); }\n\
         typedef float (*Fn)(float); struct Op { const char *name; int (*run)(int, int); }; struct Op ops[] = {{\"+\", add}, {\"-\", sub}};\n\
         int (*pick(int n))(int, int) { return n ? add : sub; } void nothing(void) { printf(\"nothing\\n\"); }",
        r#"int (*f)(int, int) = add; printf("%d %d\n", f(2, 3), (*f)(4, 5)); f = &sub; printf("%d\n", f(2, 3));
           printf("%d %d\n", table[0](1, 2), table[1](1, 2)); printf("%d\n", apply(sub, 10, 4));
           Fn g = twice; print_f32(g(1.5f)); for (int i = 0; i < 2; i++) printf("%s %d\n", ops[i].name, ops[i].run(7, 2));
           printf("%d\n", pick(1)(8, 1)); void (*v)(void) = nothing; v(); printf("%d %d\n", f == sub, f != 0);"#,
        &["5 9", "-1", "3 -1", "6", "3", "+ 9", "- 5", "9", "nothing", "1 1"],
    );
}

#[test]
fn functions_may_call_themselves() {
    check(
        "int fact(int n) { return n < 2 ? 1 : n * fact(n - 1); } int odd(int); int even(int n) { return n == 0 ? 1 : odd(n - 1); }\n\
         int odd(int n) { return n == 0 ? 0 : even(n - 1); }\n\
         int sum(int n) { int part[2]; part[0] = n; part[1] = n > 0 ? sum(n - 1) : 0; return part[0] + part[1]; }\n\
         void down(int n, int *out) { int here = n; if (n > 0) down(n - 1, &here); *out += here; }",
        r#"printf("%d %d %d\n", fact(10), even(10), odd(7)); printf("%d\n", sum(10)); int t = 0; down(3, &t); printf("%d\n", t);"#,
        &["3628800 1 1", "55", "6"],
    );
}

#[test]
fn static_variables_keep_their_value() {
    check(
        "static int hidden = 3; int next(void) { static int n = 10; static int t[3]; t[n % 3]++; return n++ + t[0]; } static int own(void) { return hidden; }",
        r#"printf("%d\n", next()); printf("%d\n", next()); printf("%d\n", next()); printf("%d\n", own());"#,
        &["10", "11", "13", "3"],
    );
}

#[test]
fn inner_names_hide_outer_ones() {
    check(
        "int x = 1;",
        r#"printf("%d\n", x); int x = 2; { int x = 3; printf("%d\n", x); } for (int x = 4; x < 5; x++) printf("%d\n", x); printf("%d\n", x);"#,
        &["1", "3", "4", "2"],
    );
}

#[test]
fn macros() {
    check(
        "#define N 4\n#define SQ(x) ((x) * (x))\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define STR(x) #x\n#define XSTR(x) STR(x)\n\
         #define CAT(a, b) a##b\n#define LONG 1 + \\\n 2\n#define EMPTY\n#define SHOW(fmt, ...) printf(fmt, __VA_ARGS__)\n
         #define REC(x) x REC\n#define F() 7\n#undef N\n#define N 6\n",
        r#"printf("%d %d %d\n", N, SQ(N + 1), MAX(3, SQ(2))); printf("%s %s\n", STR(a + b), XSTR(N)); int CAT(va, lue) = 9; printf("%d %d\n", value, LONG);
           EMPTY printf("%d\n", F()); SHOW("%d %d\n", 1, 2); printf("%d\n", __LINE__ > 3); int self = 2; printf("%s\n", STR("q\n"));"#,
        &["6 49 4", "a + b 6", "9 3", "7", "1 2", "1", "\"q\\n\""],
    );
}

#[test]
fn conditional_parts() {
    check(
        "#define A 3\n#if A > 2 && defined(A) && !defined B\n#define R 1\n#elif 1\n#define R 2\n#else\n#define R 3\n#endif\n\
         #ifdef B\n#error not here\n#else\nint q = 5;\n#endif\n#ifndef A\nbroken(\n#endif\n#if 0\n#if 1\nbroken\n#endif\n#else\nint w = 6;\n#endif\n\
         #if (1 ? 2 : 3) == 2 && -1 < 0 && ~0 == -1 && 0x10 == 16\nint v = 7;\n#endif\n",
        r#"printf("%d %d %d %d\n", R, q, w, v);"#,
        &["1 5 6 7"],
    );
}

#[test]
fn the_host_prints() {
    check(
        "",
        r#"print_i32(-5); print_i64(1LL << 35); print_f64(2.5); print("plain\n"); printf("%s %c %x %u\n", "s", 'c', 255, 7);
           printf("%d%%\n", get_param(3)); int n = printf("four"); printf("\n%d\n", n); printf("%f %d %f\n", 1.5f, 2, 2.5);
           printf("%d %d\n", printf("in\n"), 1);"#,
        &[
            "-5",
            "34359738368",
            "2.5",
            "plain",
            "s c ff 7",
            "30%",
            "four",
            "4",
            "1.500000 2 2.500000",
            "in",
            "3 1",
        ],
    );
}

#[test]
fn the_helpers_of_the_header() {
    check(
        "char buffer[20]; char other[20];",
        r#"strcpy(buffer, "hello"); strcat(buffer, " you"); printf("%s %d\n", buffer, strlen(buffer));
           printf("%d %d %d\n", strcmp("a", "b") < 0, strncmp("abc", "abd", 2), strcmp("x", "x"));
           memset(other, 'z', 3); printf("%s\n", other); memcpy(other, "wxyz", 5); memmove(other + 1, other, 3); printf("%s\n", other);
           printf("%s %s %d\n", strchr("key=value", '='), strstr("needle in hay", "in"), memcmp("ab", "aa", 2));
           printf("%d %d %d\n", atoi(" -42x"), strtol("ff", 0, 16), strtol("0x1F", 0, 0)); print_f64(atof("2.5e1"));
           printf("%d %d %d %d\n", abs(-3), clamp(50, 0, 10), map_range(5, 0, 10, 0, 100), clamp(-1, 0, 9));
           print_f32(sqrtf(2.25f)); print_f32(floorf(-1.5f)); print_f64(ceil(1.2)); print_f32(fabsf(-2)); print_f32(fmaxf(1, 2)); print_f64(fmin(1, 2)); print_f64(trunc(-1.7));
           printf("%d %d %c\n", isdigit('5'), isalpha('5'), toupper('q'));"#,
        &[
            "hello you 9",
            "1 0 0",
            "zzz",
            "wwxy",
            "=value in hay 1",
            "-42 255 31",
            "25",
            "3 10 50 0",
            "1.5",
            "-2",
            "2",
            "2",
            "2",
            "1",
            "-1",
            "1 0 Q",
        ],
    );
}

#[test]
fn own_functions_hide_those_of_the_header() {
    check(
        "int clamp(int x) { return x + 1; } int min = 4;",
        r#"printf("%d %d\n", clamp(1), min);"#,
        &["2 4"],
    );
}

#[test]
fn the_remainder_of_floats_is_the_hosts() {
    check("", "float f = 7.5f; print_f32(f % 2); f %= 2.0f; print_f32(f);", &["1.5", "1.5"]);
}

#[test]
fn nothing_is_evaluated_in_sizeof() {
    check(
        "",
        r#"int i = 1; printf("%d %d\n", sizeof(i++), i); printf("%d\n", sizeof(printf("no")));"#,
        &["4 1", "4"],
    );
}

#[test]
fn truth_values_are_0_and_1() {
    check(
        "",
        r#"bool b = 5; _Bool c = 0.25; printf("%d %d %d %d\n", b, c, true, sizeof b); b = 0; b++; printf("%d\n", b); b = !b; printf("%d\n", b);"#,
        &["1 1 1 1", "1", "0"],
    );
}

#[test]
fn main_and_its_result() {
    assert_eq!(printed("int main(void) { return 6 * 7; }").unwrap(), "=42\n");
    assert_eq!(printed("int main() { for (int i = 0;; i++) if (i > 5) return i; }").unwrap(), "=6\n");
}

#[test]
fn a_call_comes_before_the_place_that_it_changes() {
    check(
        "int i, t[5], total; int next(void) { i++; total += 10; return i; }",
        r#"t[i] = next(); printf("%d %d\n", t[0], t[1]); total += next(); printf("%d\n", total); t[i] += next(); printf("%d\n", t[2]);
           i = 0; int x = t[i] = next(); printf("%d %d\n", x, t[1]);"#,
        &["0 1", "22", "0", "1 1"],
    );
}

#[test]
fn functions_of_the_header_may_be_declared_by_hand() {
    check(
        "int abs(int); size_t strlen(const char *text);",
        r#"printf("%d %d\n", abs(-4), strlen("four"));"#,
        &["4 4"],
    );
}

#[test]
fn macros_of_the_program_do_not_reach_into_the_header() {
    let source = "#define value 7\n#define at 8\n#define INT_MAX 9\n#include <conez_api.h>\n\
        void setup(void) { char t[3]; memset(t, value, at - 5); print_i32(t[2] + INT_MAX); }";
    assert_eq!(printed(source).unwrap(), "16\n");
}

#[test]
fn addresses_of_locals_are_no_constants() {
    check(
        "",
        r#"float buf[8]; float *t[5] = {buf, buf + 1, buf + 2, buf + 3, buf + 4};
           printf("%d %d\n", t[1] == buf + 1, t[4] == &buf[4]);
           int x = 3, y = 4; int *const p[2] = {&x, &y}; printf("%d %d\n", *p[0], *p[1]);"#,
        &["1 1", "3 4"],
    );
}

#[test]
fn what_no_first_value_says_is_cleared_each_time() {
    check(
        "struct P { int x, y; }; struct S { struct P p; int z; }; struct P make(void) { struct P p = {1, 2}; return p; }",
        r#"for (int i = 0; i < 2; i++) { struct S s = {.p = make(), .p.y = 5}; printf("%d %d %d\n", s.p.x, s.p.y, s.z); s.z = 9; }"#,
        &["1 5 0", "1 5 0"],
    );
}

#[test]
fn arguments_without_declared_parameters_are_promoted() {
    check(
        "void f(); void g(void) { char c = 7; f(1.5f, c); } void f(double x, int i) { printf(\"%f %d\\n\", x, i); }",
        r#"g(); void (*p)() = f; p(2.5f, 'a');"#,
        &["1.500000 7", "2.500000 97"],
    );
}

#[test]
fn long_rows_of_cases_and_else_ifs() {
    let labels: String = (0..300).map(|case| format!("case {case}: ")).collect();
    let chain: String = (0..300).map(|at| format!("if (x == {at}) return {at} * 2; else ")).collect();
    check(
        &format!(
            "int is(int x) {{ switch (x) {{ {labels} return 1; default: return 0; }} }}\n\
             int twice(int x) {{ {chain} return -1; }}"
        ),
        r#"printf("%d %d %d\n", is(0), is(299), is(300)); printf("%d %d %d\n", twice(0), twice(299), twice(300));"#,
        &["1 1 0", "0 598 -1"],
    );
}

#[test]
fn halves_are_rounded_away_from_zero_and_nothing_else_moves() {
    check(
        "",
        r#"printf("%d %d %d %d\n", (int)roundf(8388609.0f), (int)roundf(0.49999997f), (int)roundf(2.5f), (int)roundf(-2.5f));
           printf("%d %d %d\n", (int)round(0.49999999999999994), (int)round(-0.5), (int)round(1e9 + 0.5));"#,
        &["8388609 0 3 -3", "0 -1 1000000001"],
    );
}

#[test]
fn conditions_without_sign() {
    check(
        "#if -1 > 0u && -1 < 0 && 0xFFFFFFFF > -1 && -1 / 2u > 5 && (-1 >> 1) == -1\nint right = 1;\n#else\nint right = 0;\n#endif",
        r#"printf("%d\n", right);"#,
        &["1"],
    );
}

#[test]
fn addresses_far_beyond_the_data_wrap() {
    check(
        "int first[4] = {1}; char b[8]; char *p = b + 2147483647;",
        r#"p -= 2147483647; printf("%d\n", p == b);"#,
        &["1"],
    );
}

#[test]
fn a_case_of_the_largest_int_in_a_loop_with_two_ways_in() {
    check(
        "int f(int x, int n) { int r = 0; if (n) goto b; a: r += 1; if (r > 20) return r; \
         b: r += 10; switch (x) { case 2147483647: goto a; case 2147483646: return r; case 2147483645: case 2147483644: return -r; } return 7; }",
        r#"printf("%d %d %d %d\n", f(2147483647, 1), f(2147483646, 0), f(2147483645, 1), f(0, 0));"#,
        &["22 11 -10 7"],
    );
}
