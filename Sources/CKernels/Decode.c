#include "CKernelsDecode.h"

#include <string.h>

#include "Common.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
  // A q8_0 block: an f16 scale, then one signed byte for each of 32 elements.
  Q8_0_ELEMENTS = 32,
  Q8_0_SCALE_BYTES = 2,
  Q8_0_BYTES = Q8_0_SCALE_BYTES + Q8_0_ELEMENTS,
};

// MARK: Scalar

static void f16_scalar(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = widen_f16(load_half(bytes + 2 * i));
}

static void bf16_scalar(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = widen_bf16(load_half(bytes + 2 * i));
}

// Elements [first, first + count) of one block.
static void q8_0_part(const uint8_t *block, int64_t first, int64_t count, float *output) {
  float scale = widen_f16(load_half(block));
  const int8_t *quants = (const int8_t *)(block + Q8_0_SCALE_BYTES) + first;
  for (int64_t i = 0; i < count; ++i) output[i] = scale * (float)quants[i];
}

static void q8_0_scalar(const uint8_t *bytes, int64_t block_count, float *output) {
  for (int64_t block = 0; block < block_count; ++block) {
    q8_0_part(bytes + block * Q8_0_BYTES, 0, Q8_0_ELEMENTS, output + block * Q8_0_ELEMENTS);
  }
}

// The remaining types are rare and left to the compiler.
#define DECODE_NUMBER(name, type)                                                 \
  static void name(const uint8_t *bytes, int64_t count, float *output) {          \
    for (int64_t i = 0; i < count; ++i) {                                         \
      type value;                                                                 \
      memcpy(&value, bytes + i * (int64_t)sizeof value, sizeof value);            \
      output[i] = (float)value;                                                   \
    }                                                                             \
  }

DECODE_NUMBER(f64, double)
DECODE_NUMBER(i8, int8_t)
DECODE_NUMBER(u8, uint8_t)
DECODE_NUMBER(i16, int16_t)
DECODE_NUMBER(u16, uint16_t)
DECODE_NUMBER(i32, int32_t)
DECODE_NUMBER(u32, uint32_t)
DECODE_NUMBER(i64, int64_t)
DECODE_NUMBER(u64, uint64_t)

static void boolean(const uint8_t *bytes, int64_t count, float *output) {
  for (int64_t i = 0; i < count; ++i) output[i] = bytes[i] != 0;
}

#if defined(__x86_64__)

// MARK: AVX2

#define AVX2 __attribute__((target("avx2,f16c")))

AVX2 static void f16_avx2(const uint8_t *bytes, int64_t count, float *output) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(bytes + 2 * i));
    _mm256_storeu_ps(output + i, _mm256_cvtph_ps(halves));
  }
  f16_scalar(bytes + 2 * i, count - i, output + i);
}

AVX2 static void bf16_avx2(const uint8_t *bytes, int64_t count, float *output) {
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m128i halves = _mm_loadu_si128((const __m128i *)(bytes + 2 * i));
    __m256i words = _mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16);
    _mm256_storeu_si256((__m256i *)(output + i), words);
  }
  bf16_scalar(bytes + 2 * i, count - i, output + i);
}

AVX2 static void q8_0_avx2(const uint8_t *bytes, int64_t block_count, float *output) {
  for (int64_t block = 0; block < block_count; ++block) {
    const uint8_t *quants = bytes + Q8_0_SCALE_BYTES;
    __m256 scale = _mm256_set1_ps(widen_f16(load_half(bytes)));
    for (int i = 0; i < Q8_0_ELEMENTS; i += 8) {
      __m256i words = _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(quants + i)));
      _mm256_storeu_ps(output + i, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(words)));
    }
    bytes += Q8_0_BYTES;
    output += Q8_0_ELEMENTS;
  }
}

#endif

// MARK: Dispatch

typedef void (*decoder)(const uint8_t *bytes, int64_t count, float *output);

typedef struct {
  decoder f16, bf16, q8_0_blocks;
} decoders;

// Wider vectors than AVX2's gain nothing: the cache sets the pace.
static const decoders sets[] = {
    [LETHE_KERNELS_SCALAR] = {f16_scalar, bf16_scalar, q8_0_scalar},
#if defined(__x86_64__)
    [LETHE_KERNELS_AVX2] = {f16_avx2, bf16_avx2, q8_0_avx2},
    [LETHE_KERNELS_AVX512] = {f16_avx2, bf16_avx2, q8_0_avx2},
#endif
};

// A run that may begin and end inside a block.
static void q8_0(decoder whole_blocks, const uint8_t *bytes, int64_t first, int64_t count,
                 float *output) {
  const uint8_t *block = bytes + first / Q8_0_ELEMENTS * Q8_0_BYTES;
  int64_t skipped = first % Q8_0_ELEMENTS;
  if (skipped != 0) {
    int64_t rest = Q8_0_ELEMENTS - skipped;
    int64_t head = count < rest ? count : rest;
    q8_0_part(block, skipped, head, output);
    block += Q8_0_BYTES;
    count -= head;
    output += head;
  }
  int64_t blocks = count / Q8_0_ELEMENTS;
  whole_blocks(block, blocks, output);
  int64_t tail = count % Q8_0_ELEMENTS;
  if (tail != 0) {
    q8_0_part(block + blocks * Q8_0_BYTES, 0, tail, output + blocks * Q8_0_ELEMENTS);
  }
}

void lethe_decode(lethe_kernel_set set, lethe_decode_type type, const void *bytes, int64_t first,
                  int64_t count, float *output) {
  const decoders *wide = &sets[set];
  const uint8_t *start = bytes;
  switch (type) {
    case LETHE_DECODE_F32: memcpy(output, start + 4 * first, 4 * (size_t)count); break;
    case LETHE_DECODE_F16: wide->f16(start + 2 * first, count, output); break;
    case LETHE_DECODE_BF16: wide->bf16(start + 2 * first, count, output); break;
    case LETHE_DECODE_Q8_0: q8_0(wide->q8_0_blocks, start, first, count, output); break;
    case LETHE_DECODE_F64: f64(start + 8 * first, count, output); break;
    case LETHE_DECODE_BOOL: boolean(start + first, count, output); break;
    case LETHE_DECODE_I8: i8(start + first, count, output); break;
    case LETHE_DECODE_U8: u8(start + first, count, output); break;
    case LETHE_DECODE_I16: i16(start + 2 * first, count, output); break;
    case LETHE_DECODE_U16: u16(start + 2 * first, count, output); break;
    case LETHE_DECODE_I32: i32(start + 4 * first, count, output); break;
    case LETHE_DECODE_U32: u32(start + 4 * first, count, output); break;
    case LETHE_DECODE_I64: i64(start + 8 * first, count, output); break;
    case LETHE_DECODE_U64: u64(start + 8 * first, count, output); break;
  }
}
