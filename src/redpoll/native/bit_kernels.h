/* Loops over the bytes of bitmaps: counting ones, joining. Each has a plain form and, where the processor turns out to
   have it, one with wide registers. */

#ifndef REDPOLL_BIT_KERNELS
#define REDPOLL_BIT_KERNELS

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define REDPOLL_WIDE 1
#include <immintrin.h>
#endif

static inline uint64_t rp_word(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

/* Ones of a word, by adding neighbours: pairs, nibbles, bytes. */
static inline uint64_t rp_word_ones(uint64_t v) {
#if defined(__aarch64__)
    return (uint64_t)__builtin_popcountll(v);
#else
    v = v - ((v >> 1) & 0x5555555555555555ull);
    v = (v & 0x3333333333333333ull) + ((v >> 2) & 0x3333333333333333ull);
    v = (v + (v >> 4)) & 0x0F0F0F0F0F0F0F0Full;
    return (v * 0x0101010101010101ull) >> 56;
#endif
}

static uint64_t rp_ones_plain(const uint8_t *p, size_t n) {
    uint64_t total = 0, last = 0;
    for (; n >= 8; p += 8, n -= 8) total += rp_word_ones(rp_word(p));
    memcpy(&last, p, n);
    return total + rp_word_ones(last);
}

#ifdef REDPOLL_WIDE
/* Ones of each half byte by a table of 16 in a register (Mula, Kurz, Lemire: "Faster population counts using AVX2
   instructions", 2016). A byte of the sum grows by 8 at most, so 31 rounds fit before it is widened. */
__attribute__((target("avx2"))) static uint64_t rp_ones_wide(const uint8_t *p, size_t n) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                                           0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    __m256i total = _mm256_setzero_si256();
    uint64_t parts[4];
    while (n >= 32) {
        size_t rounds = n / 32 < 31 ? n / 32 : 31, i;
        __m256i sum = _mm256_setzero_si256();
        #pragma GCC unroll 4
        for (i = 0; i < rounds; i++, p += 32) {
            __m256i v = _mm256_loadu_si256((const __m256i *)p);
            __m256i a = _mm256_shuffle_epi8(table, _mm256_and_si256(v, low));
            __m256i b = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(v, 4), low));
            sum = _mm256_add_epi8(sum, _mm256_add_epi8(a, b));
        }
        total = _mm256_add_epi64(total, _mm256_sad_epu8(sum, _mm256_setzero_si256()));
        n -= rounds * 32;
    }
    _mm256_storeu_si256((__m256i *)parts, total);
    return parts[0] + parts[1] + parts[2] + parts[3] + rp_ones_plain(p, n);
}

/* Where the processor counts eight words in one instruction. */
__attribute__((target("avx512f,avx512vpopcntdq"))) static uint64_t rp_ones_widest(const uint8_t *p, size_t n) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    for (; n >= 256; p += 256, n -= 256) {
        a = _mm512_add_epi64(a, _mm512_popcnt_epi64(_mm512_loadu_si512(p)));
        b = _mm512_add_epi64(b, _mm512_popcnt_epi64(_mm512_loadu_si512(p + 64)));
        c = _mm512_add_epi64(c, _mm512_popcnt_epi64(_mm512_loadu_si512(p + 128)));
        d = _mm512_add_epi64(d, _mm512_popcnt_epi64(_mm512_loadu_si512(p + 192)));
    }
    a = _mm512_add_epi64(_mm512_add_epi64(a, b), _mm512_add_epi64(c, d));
    return (uint64_t)_mm512_reduce_add_epi64(a) + rp_ones_plain(p, n);
}
#endif

static inline uint64_t rp_ones(const uint8_t *p, size_t n) {
#ifdef REDPOLL_WIDE
    if (n >= 1024 && __builtin_cpu_supports("avx512vpopcntdq")) return rp_ones_widest(p, n);
    if (n >= 128 && __builtin_cpu_supports("avx2")) return rp_ones_wide(p, n);
#endif
    return rp_ones_plain(p, n);
}

/* How many whole words, in bytes, are all `fill` (zeros or ones): four at a time, then one by one. */
static inline size_t rp_same_words(const uint8_t *p, size_t n, uint64_t fill) {
    size_t at = 0;
    for (; at + 32 <= n; at += 32) {
        uint64_t other = (rp_word(p + at) ^ fill) | (rp_word(p + at + 8) ^ fill);
        other |= (rp_word(p + at + 16) ^ fill) | (rp_word(p + at + 24) ^ fill);
        if (other) break;
    }
    while (at + 8 <= n && rp_word(p + at) == fill) at += 8;
    return at;
}

#define RP_JOIN(name, operator)                                                                   \
    static inline void name(uint8_t *restrict d, const uint8_t *restrict s, size_t n) {           \
        size_t i = 0;                                                                             \
        for (; i + 32 <= n; i += 32) {                                                            \
            uint64_t a[4], b[4];                                                                  \
            memcpy(a, d + i, 32);                                                                 \
            memcpy(b, s + i, 32);                                                                 \
            a[0] operator b[0]; a[1] operator b[1]; a[2] operator b[2]; a[3] operator b[3];       \
            memcpy(d + i, a, 32);                                                                 \
        }                                                                                         \
        for (; i < n; i++) d[i] operator s[i];                                                    \
    }

RP_JOIN(rp_join_and, &=)
RP_JOIN(rp_join_or, |=)
RP_JOIN(rp_join_xor, ^=)

static inline void rp_invert(uint8_t *d, size_t n) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) { uint64_t v = ~rp_word(d + i); memcpy(d + i, &v, 8); }
    for (; i < n; i++) d[i] = (uint8_t)~d[i];
}

#endif
