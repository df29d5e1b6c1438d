//! What `<conez_api.h>` defines beside the functions of the host: written in C, compiled with the program where it is used.

/// The text that the header stands for.
pub(super) const TEXT: &str = r#"
#define INT8_MIN (-128)
#define INT8_MAX 127
#define UINT8_MAX 255
#define INT16_MIN (-32768)
#define INT16_MAX 32767
#define UINT16_MAX 65535
#define INT32_MIN (-2147483647-1)
#define INT32_MAX 2147483647
#define UINT32_MAX 4294967295U
#define INT64_MIN (-9223372036854775807LL-1)
#define INT64_MAX 9223372036854775807LL
#define UINT64_MAX 18446744073709551615ULL
#define CHAR_BIT 8
#define SCHAR_MIN INT8_MIN
#define SCHAR_MAX INT8_MAX
#define UCHAR_MAX UINT8_MAX
#define CHAR_MIN INT8_MIN
#define CHAR_MAX INT8_MAX
#define SHRT_MIN INT16_MIN
#define SHRT_MAX INT16_MAX
#define USHRT_MAX UINT16_MAX
#define INT_MIN INT32_MIN
#define INT_MAX INT32_MAX
#define UINT_MAX UINT32_MAX
#define LONG_MIN INT32_MIN
#define LONG_MAX INT32_MAX
#define ULONG_MAX UINT32_MAX
#define LLONG_MIN INT64_MIN
#define LLONG_MAX INT64_MAX
#define ULLONG_MAX UINT64_MAX
#define SIZE_MAX UINT32_MAX
#define FLT_MAX 3.40282347e+38f
#define FLT_MIN 1.17549435e-38f
#define FLT_EPSILON 1.19209290e-7f
#define DBL_MAX 1.7976931348623157e+308
#define DBL_MIN 2.2250738585072014e-308
#define DBL_EPSILON 2.2204460492503131e-16
#define INFINITY (1e30f * 1e30f)
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_E 2.7182818284590452354
#define M_LN2 0.69314718055994530942
#define M_SQRT2 1.41421356237309504880
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define RAND_MAX 2147483647
#define EOF (-1)

static int abs(int x) { return x < 0 ? -x : x; }
static long labs(long x) { return x < 0 ? -x : x; }
static long long llabs(long long x) { return x < 0 ? -x : x; }
static int min(int a, int b) { return a < b ? a : b; }
static int max(int a, int b) { return a > b ? a : b; }
static int clamp(int x, int lo, int hi) { return x < lo ? lo : x > hi ? hi : x; }
static float clampf(float x, float lo, float hi) { return x < lo ? lo : x > hi ? hi : x; }
static int map_range(int x, int in_min, int in_max, int out_min, int out_max) {
    if (in_max == in_min) return out_min;
    return (x - in_min) * (out_max - out_min) / (in_max - in_min) + out_min;
}
static float map_rangef(float x, float in_min, float in_max, float out_min, float out_max) {
    if (in_max == in_min) return out_min;
    return (x - in_min) * (out_max - out_min) / (in_max - in_min) + out_min;
}
/* One turn in 256 steps, from 0 to 255 around 128. */
static int sin256(int x) { return (int)(sinf((float)(x & 255) * 0.024543692f) * 127.5f + 127.5f + 0.5f); }
/* A half that is added first would be rounded itself. */
static float roundf(float x) {
    float whole = truncf(x);
    return fabsf(x - whole) >= 0.5f ? whole + (x < 0.0f ? -1.0f : 1.0f) : whole;
}
static double round(double x) {
    double whole = trunc(x);
    return fabs(x - whole) >= 0.5 ? whole + (x < 0.0 ? -1.0 : 1.0) : whole;
}
static float log10f(float x) { return logf(x) * 0.43429448f; }
static double log10(double x) { return log(x) * 0.43429448190325182765; }
static float hypotf(float x, float y) { return sqrtf(x * x + y * y); }
static double hypot(double x, double y) { return sqrt(x * x + y * y); }
static int lroundf(float x) { return (int)roundf(x); }
static int isdigit(int c) { return c >= '0' && c <= '9'; }
static int isupper(int c) { return c >= 'A' && c <= 'Z'; }
static int islower(int c) { return c >= 'a' && c <= 'z'; }
static int isalpha(int c) { return isupper(c) || islower(c); }
static int isalnum(int c) { return isalpha(c) || isdigit(c); }
static int isspace(int c) { return c == ' ' || c >= 9 && c <= 13; }
static int isxdigit(int c) { return isdigit(c) || c >= 'A' && c <= 'F' || c >= 'a' && c <= 'f'; }
static int toupper(int c) { return islower(c) ? c - 32 : c; }
static int tolower(int c) { return isupper(c) ? c + 32 : c; }
static void *memset(void *to, int value, size_t count) {
    unsigned char *at = to;
    while (count--) *at++ = (unsigned char)value;
    return to;
}
static void *memcpy(void *to, const void *from, size_t count) {
    unsigned char *at = to;
    const unsigned char *next = from;
    while (count--) *at++ = *next++;
    return to;
}
static void *memmove(void *to, const void *from, size_t count) {
    unsigned char *at = to;
    const unsigned char *next = from;
    if ((size_t)at <= (size_t)next) {
        while (count--) *at++ = *next++;
    } else {
        while (count--) at[count] = next[count];
    }
    return to;
}
static int memcmp(const void *one, const void *other, size_t count) {
    const unsigned char *a = one;
    const unsigned char *b = other;
    for (size_t i = 0; i < count; i++) {
        if (a[i] != b[i]) return (int)a[i] - (int)b[i];
    }
    return 0;
}
static void *memchr(const void *text, int wanted, size_t count) {
    const unsigned char *at = text;
    for (; count; count--, at++) {
        if (*at == (unsigned char)wanted) return (void *)at;
    }
    return 0;
}
static size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}
static int strcmp(const char *one, const char *other) {
    while (*one && *one == *other) { one++; other++; }
    return (int)(unsigned char)*one - (int)(unsigned char)*other;
}
static int strncmp(const char *one, const char *other, size_t count) {
    for (; count; count--, one++, other++) {
        if (*one != *other) return (int)(unsigned char)*one - (int)(unsigned char)*other;
        if (!*one) break;
    }
    return 0;
}
static char *strcpy(char *to, const char *from) {
    char *at = to;
    while ((*at++ = *from++)) {}
    return to;
}
static char *strncpy(char *to, const char *from, size_t count) {
    size_t i = 0;
    for (; i < count && from[i]; i++) to[i] = from[i];
    for (; i < count; i++) to[i] = 0;
    return to;
}
static char *strcat(char *to, const char *from) {
    strcpy(to + strlen(to), from);
    return to;
}
static char *strncat(char *to, const char *from, size_t count) {
    char *at = to + strlen(to);
    while (count-- && *from) *at++ = *from++;
    *at = 0;
    return to;
}
static char *strchr(const char *text, int wanted) {
    for (;; text++) {
        if (*text == (char)wanted) return (char *)text;
        if (!*text) return 0;
    }
}
static char *strrchr(const char *text, int wanted) {
    char *found = 0;
    for (;; text++) {
        if (*text == (char)wanted) found = (char *)text;
        if (!*text) return found;
    }
}
static char *strstr(const char *text, const char *wanted) {
    size_t length = strlen(wanted);
    for (;; text++) {
        if (!strncmp(text, wanted, length)) return (char *)text;
        if (!*text) return 0;
    }
}
static long strtol(const char *text, char **end, int base) {
    const char *at = text;
    long value = 0;
    int negative = 0, digits = 0;
    while (isspace(*at)) at++;
    if (*at == '-' || *at == '+') negative = *at++ == '-';
    if ((base == 0 || base == 16) && at[0] == '0' && (at[1] | 32) == 'x' && isxdigit(at[2])) { at += 2; base = 16; }
    if (base == 0) base = *at == '0' ? 8 : 10;
    for (;; at++) {
        int c = *at, digit = isdigit(c) ? c - '0' : isalpha(c) ? (c | 32) - 'a' + 10 : 99;
        if (digit >= base) break;
        value = value * base + digit;
        digits++;
    }
    if (end) *end = (char *)(digits ? at : text);
    return negative ? -value : value;
}
static double strtod(const char *text, char **end) {
    const char *at = text;
    double value = 0.0, scale = 1.0;
    int negative = 0, digits = 0, power = 0;
    while (isspace(*at)) at++;
    if (*at == '-' || *at == '+') negative = *at++ == '-';
    for (; isdigit(*at); at++, digits++) value = value * 10.0 + (*at - '0');
    if (*at == '.') {
        for (at++; isdigit(*at); at++, digits++) { value = value * 10.0 + (*at - '0'); scale *= 10.0; }
    }
    if (digits && (*at | 32) == 'e' && (isdigit(at[1]) || (at[1] == '-' || at[1] == '+') && isdigit(at[2]))) {
        char *after;
        power = strtol(at + 1, &after, 10);
        at = after;
    }
    value /= scale;
    for (; power > 0 && power < 400; power--) value *= 10.0;
    for (; power < 0 && power > -400; power++) value /= 10.0;
    if (end) *end = (char *)(digits ? at : text);
    return negative ? -value : value;
}
static int atoi(const char *text) { return (int)strtol(text, 0, 10); }
static long atol(const char *text) { return strtol(text, 0, 10); }
static double atof(const char *text) { return strtod(text, 0); }
static float atoff(const char *text) { return (float)strtod(text, 0); }
static int file_exists(const char *path) {
    int h = file_open(path, 0);
    if (h < 0) return 0;
    file_close(h);
    return 1;
}
"#;
