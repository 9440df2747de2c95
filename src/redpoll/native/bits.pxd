"""Inline helpers of the core: hashing, unaligned loads, branch hints, clocks. Nothing here allocates."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t, int64_t

cdef extern from *:
    """
    #ifndef REDPOLL_BITS
    #define REDPOLL_BITS
    #include <stdint.h>
    #include <string.h>
    #include <time.h>
    static inline uint64_t rp_load64(const void *p) { uint64_t v; memcpy(&v, p, 8); return v; }
    static inline uint32_t rp_load32(const void *p) { uint32_t v; memcpy(&v, p, 4); return v; }
    static inline void rp_store64(void *p, uint64_t v) { memcpy(p, &v, 8); }
    static inline void rp_store32(void *p, uint32_t v) { memcpy(p, &v, 4); }
    static inline void *rp_load_pointer(const void *p) { void *v; memcpy(&v, p, sizeof v); return v; }
    static inline void rp_store_pointer(void *p, const void *v) { memcpy(p, &v, sizeof v); }
    static inline uint64_t rp_mum(uint64_t a, uint64_t b) {
        __uint128_t r = (__uint128_t)a * b; return (uint64_t)r ^ (uint64_t)(r >> 64);
    }
    /* Keyed hash in the wyhash family (Wang Yi, public domain): two multiplications for keys up to 16 bytes.
       Both secret words come from the process's random seed, so that buckets cannot be guessed from outside. */
    static inline uint64_t rp_hash(const char *p, size_t n, uint64_t s0, uint64_t s1) {
        uint64_t a, b, s = s0; size_t len = n;
        if (n <= 16) {
            if (n >= 8) { a = rp_load64(p); b = rp_load64(p + n - 8); }
            else if (n >= 4) { a = rp_load32(p); b = rp_load32(p + n - 4); }
            else if (n) {
                a = ((uint64_t)(uint8_t)p[0] << 16) | ((uint64_t)(uint8_t)p[n >> 1] << 8) | (uint8_t)p[n - 1];
                b = 0;
            }
            else { a = 0; b = 0; }
        } else {
            while (n > 16) { s = rp_mum(rp_load64(p) ^ s1, rp_load64(p + 8) ^ s); p += 16; n -= 16; }
            a = rp_load64(p + n - 16); b = rp_load64(p + n - 8);
        }
        return rp_mum(0xe7037ed1a0b428dbull ^ len, rp_mum(a ^ s1, b ^ s));
    }
    /* Marks (0x80) each byte of `tags` that may equal `tag`; a false mark costs one key compare. */
    static inline uint64_t rp_match_tags(uint64_t tags, uint8_t tag) {
        uint64_t x = tags ^ (0x0101010101010101ull * tag);
        return (x - 0x0101010101010101ull) & ~x & 0x8080808080808080ull;
    }
    static inline int rp_equal(const char *a, const char *b, size_t n) {
        if (n >= 8) {
            size_t i = 0;
            for (; i + 8 <= n; i += 8) if (rp_load64(a + i) != rp_load64(b + i)) return 0;
            return rp_load64(a + n - 8) == rp_load64(b + n - 8);
        }
        for (size_t i = 0; i < n; i++) if (a[i] != b[i]) return 0;
        return 1;
    }
    static inline uint64_t rp_reverse(uint64_t v) {
        v = ((v >> 1) & 0x5555555555555555ull) | ((v & 0x5555555555555555ull) << 1);
        v = ((v >> 2) & 0x3333333333333333ull) | ((v & 0x3333333333333333ull) << 2);
        v = ((v >> 4) & 0x0F0F0F0F0F0F0F0Full) | ((v & 0x0F0F0F0F0F0F0F0Full) << 4);
        return __builtin_bswap64(v);
    }
    static inline uint64_t rp_next_random(uint64_t *state) { /* splitmix64 (Steele, Lea, Flood 2014) */
        uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull; z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    static inline int rp_lowest_bit(uint64_t x) { return __builtin_ctzll(x); }
    static inline int rp_highest_bit(uint64_t x) { return 63 - __builtin_clzll(x); }
    static inline int rp_add_overflows(int64_t a, int64_t b, int64_t *r) { return __builtin_add_overflow(a, b, r); }
    static inline int rp_mul_overflows(int64_t a, int64_t b, int64_t *r) { return __builtin_mul_overflow(a, b, r); }
    static inline void rp_prefetch(const void *p) { __builtin_prefetch(p); }
    static inline int rp_likely(int x) { return __builtin_expect(!!x, 1); }
    static inline int rp_unlikely(int x) { return __builtin_expect(!!x, 0); }
    static inline uint64_t rp_monotonic_ns(void) {
        struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec;
    }
    static inline uint64_t rp_thread_cpu_ns(void) {
        struct timespec t; clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); return t.tv_sec * 1000000000ull + t.tv_nsec;
    }
    static inline int64_t rp_wall_ms(void) {
        struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
    }
    #endif
    """
    uint64_t load64 "rp_load64"(const void*) noexcept nogil
    uint32_t load32 "rp_load32"(const void*) noexcept nogil
    void store64 "rp_store64"(void*, uint64_t) noexcept nogil
    void store32 "rp_store32"(void*, uint32_t) noexcept nogil
    void* load_pointer "rp_load_pointer"(const void*) noexcept nogil
    void store_pointer "rp_store_pointer"(void*, const void*) noexcept nogil
    uint64_t keyed_hash "rp_hash"(const char*, size_t, uint64_t, uint64_t) noexcept nogil
    uint64_t match_tags "rp_match_tags"(uint64_t, uint8_t) noexcept nogil
    bint bytes_equal "rp_equal"(const char*, const char*, size_t) noexcept nogil
    uint64_t reverse_bits "rp_reverse"(uint64_t) noexcept nogil
    uint64_t next_random "rp_next_random"(uint64_t*) noexcept nogil
    int lowest_bit "rp_lowest_bit"(uint64_t) noexcept nogil
    int highest_bit "rp_highest_bit"(uint64_t) noexcept nogil
    bint add_overflows "rp_add_overflows"(int64_t, int64_t, int64_t*) noexcept nogil
    bint mul_overflows "rp_mul_overflows"(int64_t, int64_t, int64_t*) noexcept nogil
    void prefetch "rp_prefetch"(const void*) noexcept nogil
    bint likely "rp_likely"(bint) noexcept nogil
    bint unlikely "rp_unlikely"(bint) noexcept nogil
    uint64_t monotonic_ns "rp_monotonic_ns"() noexcept nogil
    uint64_t thread_cpu_ns "rp_thread_cpu_ns"() noexcept nogil
    int64_t wall_ms "rp_wall_ms"() noexcept nogil
