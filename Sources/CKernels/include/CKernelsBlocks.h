// Products of a large matrix with blocks of a few vectors.
#ifndef CKERNELS_BLOCKS_H
#define CKERNELS_BLOCKS_H

#include <stddef.h>

#include "CKernelsSet.h"

/// A block has LETHE_BLOCK_WIDTH vectors. It is packed in chunks of LETHE_BLOCK_CHUNK elements of
/// each vector: for the first LETHE_BLOCK_GROUP vectors all chunks one after the other, each with
/// its elements of the first vector, the second and so on; then likewise for the next vectors. Zeros
/// fill the last chunk.
enum { LETHE_BLOCK_WIDTH = 16, LETHE_BLOCK_CHUNK = 16, LETHE_BLOCK_GROUP = 8 };

/// Memory that will be read soon. Products have it brought into the cache, a line at each step, and
/// move on in it; none if both are equal.
typedef struct {
  const float *next;
  const float *end;
} lethe_block_ahead;

/// Packs vectors of `size` elements that lie `stride` apart.
void lethe_block_pack(const float *vectors, size_t stride, size_t size, float *block);

/// The inverse of lethe_block_pack.
void lethe_block_unpack(const float *block, size_t size, float *vectors, size_t stride);

/// images = M · block, where M has `rows` rows of `columns` elements that follow each other, and the
/// images of a row are LETHE_BLOCK_WIDTH neighbours.
///
/// Each element is the sum of those of every 1024 columns, and these the sum of 16 sums in the order
/// of the columns, each over every 16th, with fused multiply-adds: the same bits for every kernel
/// set.
void lethe_block_images(
  lethe_kernel_set set, const float *matrix, size_t rows, size_t columns, const float *block,
  float *images, lethe_block_ahead *ahead);

/// block += Mᵀ · images. Each element gets one sum in the order of the rows, likewise.
void lethe_block_returns(
  lethe_kernel_set set, const float *matrix, size_t rows, size_t columns, const float *images,
  float *block, lethe_block_ahead *ahead);

#endif
