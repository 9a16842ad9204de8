#include "CKernelsBlocks.h"

#include "Common.h"

// BLAS copies the large matrix into another order at every call, which takes as long as the product
// with a few vectors. Here it is read in its own order, a vector of elements of one row at a time,
// and each is used for several rows or vectors while it is in a register. The vector type is that of
// the compiler, so that one text serves every instruction set; how many sums are kept in registers
// differs, the order of each sum does not.
#pragma STDC FP_CONTRACT OFF

enum {
  WIDTH = LETHE_BLOCK_WIDTH,
  CHUNK = LETHE_BLOCK_CHUNK,
  GROUP = LETHE_BLOCK_GROUP,
  // So many chunks of a group of vectors stay in the first cache while they meet many rows.
  TILE = 64,
  // The most rows or chunks that are worked on at once.
  MOST = 3,
};

typedef float lanes __attribute__((vector_size(4 * CHUNK), aligned(4)));
typedef float half __attribute__((vector_size(2 * CHUNK)));
typedef float quarter __attribute__((vector_size(CHUNK)));

// What is in registers: `held` rows or chunks by `taken` vectors.
typedef struct {
  int held;
  int taken;
} shape;

// Halves are added until one number is left.
INLINE float sum_of(const lanes *sums) {
  half eight = __builtin_shufflevector(*sums, *sums, 0, 1, 2, 3, 4, 5, 6, 7) +
               __builtin_shufflevector(*sums, *sums, 8, 9, 10, 11, 12, 13, 14, 15);
  quarter four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
                 __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

INLINE void load_part(const float *elements, size_t count, lanes *part) {
  *part = (lanes){0};
  memcpy(part, elements, count * sizeof(float));
}

// What to bring into the cache during so many steps.
INLINE const float *take_ahead(lethe_block_ahead *ahead, size_t steps, const float *otherwise) {
  const float *next = ahead->next;
  if (next >= ahead->end) { return otherwise; }
  ahead->next = next + steps * CHUNK;
  return next;
}

// sums[v * held + h] += parts[h] * vectors[v]
INLINE void add_chunk(const lanes *parts, const lanes *vectors, lanes *sums, const shape size) {
#pragma clang loop unroll(full)
  for (int v = 0; v < size.taken; v++) {
    lanes vector = vectors[v];
#pragma clang loop unroll(full)
    for (int h = 0; h < size.held; h++) {
      lanes *sum = &sums[v * size.held + h];
      *sum = __builtin_elementwise_fma(parts[h], vector, *sum);
    }
  }
}

// Adds the images of some chunks of some rows.
INLINE void images_of_rows(
  const float *matrix, size_t columns, size_t chunks, const float *block, float *images,
  lethe_block_ahead *ahead, const shape size) {
  for (int first = 0; first < GROUP; first += size.taken) {
    const lanes *vectors = (const lanes *)block + first;
    const float *soon = take_ahead(ahead, chunks, matrix);
    lanes sums[MOST * GROUP] = {{0}};
    for (size_t k = 0; k < chunks; k++) {
      __builtin_prefetch(soon + k * CHUNK);
      lanes parts[MOST];
#pragma clang loop unroll(full)
      for (int h = 0; h < size.held; h++) {
        parts[h] = *(const lanes *)(matrix + (size_t)h * columns + k * CHUNK);
      }
      add_chunk(parts, vectors + k * GROUP, sums, size);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < size.held * size.taken; i++) {
      images[i % size.held * WIDTH + first + i / size.held] += sum_of(&sums[i]);
    }
  }
}

// Adds the images of the elements after the last whole chunk.
INLINE void images_of_rest(
  const float *matrix, size_t rows, size_t columns, const float *block, float *images) {
  for (size_t row = 0; row < rows; row++) {
    lanes part, sums[GROUP] = {{0}};
    load_part(matrix + row * columns, columns % CHUNK, &part);
    add_chunk(&part, (const lanes *)block, sums, (shape){1, GROUP});
    for (int v = 0; v < GROUP; v++) { images[row * WIDTH + (size_t)v] += sum_of(&sums[v]); }
  }
}

INLINE void images_body(
  const float *matrix, size_t rows, size_t columns, const float *block, float *images,
  lethe_block_ahead *ahead, const shape size) {
  const size_t chunks = columns / CHUNK, rest = columns % CHUNK;
  memset(images, 0, rows * WIDTH * sizeof(float));
  for (size_t first = 0; first < chunks; first += TILE) {
    const size_t count = chunks - first < TILE ? chunks - first : TILE;
    for (size_t group = 0; group < WIDTH / GROUP; group++) {
      const float *vectors = block + (group * (chunks + (rest > 0)) + first) * GROUP * CHUNK;
      float *target = images + group * GROUP;
      size_t row = 0;
      for (; row + size.held <= rows; row += size.held) {
        images_of_rows(
          matrix + row * columns + first * CHUNK, columns, count, vectors, target + row * WIDTH,
          ahead, size);
      }
      for (; row < rows; row++) {
        images_of_rows(
          matrix + row * columns + first * CHUNK, columns, count, vectors, target + row * WIDTH,
          ahead, (shape){1, size.taken});
      }
    }
  }
  for (size_t group = 0; rest > 0 && group < WIDTH / GROUP; group++) {
    images_of_rest(
      matrix + chunks * CHUNK, rows, columns,
      block + (group * (chunks + 1) + chunks) * GROUP * CHUNK, images + group * GROUP);
  }
}

// What some chunks of columns return, the last of which has `count` elements.
INLINE void returns_of_chunks(
  const float *matrix, size_t rows, size_t columns, size_t count, const float *images, float *block,
  lethe_block_ahead *ahead, const shape size) {
  for (int first = 0; first < GROUP; first += size.taken) {
    const float *soon = take_ahead(ahead, rows, matrix);
    lanes sums[MOST * GROUP] = {{0}};
    for (size_t k = 0; k < rows; k++) {
      __builtin_prefetch(soon + k * CHUNK);
      const float *row = matrix + k * columns;
      lanes parts[MOST], spread[GROUP];
#pragma clang loop unroll(full)
      for (int h = 0; h < size.held; h++) {
        if (count == CHUNK) {
          parts[h] = *(const lanes *)(row + h * CHUNK);
        } else {
          load_part(row, count, &parts[h]);
        }
      }
#pragma clang loop unroll(full)
      for (int v = 0; v < size.taken; v++) {
        spread[v] = (lanes){0} + images[k * WIDTH + (size_t)(first + v)];
      }
      add_chunk(parts, spread, sums, size);
    }
    lanes *target = (lanes *)block + first;
#pragma clang loop unroll(full)
    for (int i = 0; i < size.held * size.taken; i++) {
      target[i % size.held * GROUP + i / size.held] += sums[i];
    }
  }
}

INLINE void returns_body(
  const float *matrix, size_t rows, size_t columns, const float *images, float *block,
  lethe_block_ahead *ahead, const shape size) {
  const size_t chunks = columns / CHUNK, rest = columns % CHUNK;
  for (size_t group = 0; group < WIDTH / GROUP; group++) {
    const float *factors = images + group * GROUP;
    float *target = block + group * (chunks + (rest > 0)) * GROUP * CHUNK;
    size_t chunk = 0;
    for (; chunk + size.held <= chunks; chunk += size.held) {
      returns_of_chunks(
        matrix + chunk * CHUNK, rows, columns, CHUNK, factors, target + chunk * GROUP * CHUNK, ahead,
        size);
    }
    for (; chunk < chunks; chunk++) {
      returns_of_chunks(
        matrix + chunk * CHUNK, rows, columns, CHUNK, factors, target + chunk * GROUP * CHUNK, ahead,
        (shape){1, size.taken});
    }
    if (rest > 0) {
      returns_of_chunks(
        matrix + chunk * CHUNK, rows, columns, rest, factors, target + chunk * GROUP * CHUNK, ahead,
        (shape){1, size.taken});
    }
  }
}

#define PARAMETERS                                                                                 \
  const float *matrix, size_t rows, size_t columns, const float *input, float *output,             \
    lethe_block_ahead *ahead
#define ARGUMENTS matrix, rows, columns, input, output, ahead

static void images_scalar(PARAMETERS) { images_body(ARGUMENTS, (shape){1, 1}); }
static void returns_scalar(PARAMETERS) { returns_body(ARGUMENTS, (shape){1, 1}); }

#if defined(__x86_64__)
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define AVX2 __attribute__((target("avx2,fma")))
// 32 registers of 16 floats hold three by eight sums, 16 of 8 floats two by two.
AVX512 static void images_avx512(PARAMETERS) { images_body(ARGUMENTS, (shape){3, 8}); }
AVX512 static void returns_avx512(PARAMETERS) { returns_body(ARGUMENTS, (shape){3, 8}); }
AVX2 static void images_avx2(PARAMETERS) { images_body(ARGUMENTS, (shape){2, 2}); }
AVX2 static void returns_avx2(PARAMETERS) { returns_body(ARGUMENTS, (shape){2, 2}); }
#endif

void lethe_block_images(lethe_kernel_set set, PARAMETERS) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512) { return images_avx512(ARGUMENTS); }
  if (set >= LETHE_KERNELS_AVX2) { return images_avx2(ARGUMENTS); }
#else
  (void)set;
#endif
  images_scalar(ARGUMENTS);
}

void lethe_block_returns(lethe_kernel_set set, PARAMETERS) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512) { return returns_avx512(ARGUMENTS); }
  if (set >= LETHE_KERNELS_AVX2) { return returns_avx2(ARGUMENTS); }
#else
  (void)set;
#endif
  returns_scalar(ARGUMENTS);
}

// Where a chunk of a vector lies in a block of `chunks` chunks.
INLINE size_t place_of(size_t vector, size_t chunk, size_t chunks) {
  return ((vector / GROUP * chunks + chunk) * GROUP + vector % GROUP) * CHUNK;
}

void lethe_block_pack(const float *vectors, size_t stride, size_t size, float *block) {
  const size_t chunks = (size + CHUNK - 1) / CHUNK;
  for (size_t vector = 0; vector < WIDTH; vector++) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      const size_t count = size - chunk * CHUNK < CHUNK ? size - chunk * CHUNK : CHUNK;
      float *target = block + place_of(vector, chunk, chunks);
      memcpy(target, vectors + vector * stride + chunk * CHUNK, count * sizeof(float));
      memset(target + count, 0, (CHUNK - count) * sizeof(float));
    }
  }
}

void lethe_block_unpack(const float *block, size_t size, float *vectors, size_t stride) {
  const size_t chunks = (size + CHUNK - 1) / CHUNK;
  for (size_t vector = 0; vector < WIDTH; vector++) {
    for (size_t chunk = 0; chunk < chunks; chunk++) {
      const size_t count = size - chunk * CHUNK < CHUNK ? size - chunk * CHUNK : CHUNK;
      const float *source = block + place_of(vector, chunk, chunks);
      memcpy(vectors + vector * stride + chunk * CHUNK, source, count * sizeof(float));
    }
  }
}
