// Products of a large matrix with blocks of a few vectors.
#ifndef CKERNELS_BLOCKS_H
#define CKERNELS_BLOCKS_H

#include <stddef.h>

#include "CKernelsSet.h"

/// How many vectors a block has. A block lies row by row: the elements of its vectors for one row
/// are neighbours.
enum { LETHE_BLOCK_WIDTH = 32 };

/// images = M · block, where M has `rows` rows of `columns` elements that follow each other, the
/// block `columns` rows and the images `rows`.
///
/// Each element is a sum in the order of the columns, with fused multiply-adds, the same bits for
/// every kernel set.
void lethe_block_images(
  lethe_kernel_set set, const float *matrix, size_t rows, size_t columns, const float *block,
  float *images);

/// block += Mᵀ · images. Each element gets one sum in the order of the rows, likewise.
void lethe_block_returns(
  lethe_kernel_set set, const float *matrix, size_t rows, size_t columns, const float *images,
  float *block);

#endif
