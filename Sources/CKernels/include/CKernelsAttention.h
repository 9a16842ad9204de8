// Attention of query rows to the keys and values of one head.
//
// Keys are kept as a panel of columns by position, values as panels over positions, so that both
// products of attention are panel products (CKernelsPanels.h) and both grow by appending.
//
// output = sum over visible j of exp(s[j] - max s) v[j] / sum of exp(s[j] - max s), where
// s[j] = soft_cap(scale q k[j]) + bias[j]. Queries, keys, values and weights are rounded to the operand,
// f32 or bf16; all else is f32. The sum of the exponentials runs over 16 lanes, key j in lane j mod 16.
// A row's bits depend on its own query and the keys it sees, nothing else.
#ifndef CKERNELS_ATTENTION_H
#define CKERNELS_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#include "CKernelsPanels.h"

/// The bytes that keys of `capacity` positions take, `d` elements each.
size_t lethe_keys_bytes(lethe_operand operand, size_t capacity, size_t d);

/// The bytes that values of `capacity` positions take.
size_t lethe_values_bytes(lethe_operand operand, size_t capacity, size_t d);

/// Puts the keys of `m` positions in place, from `position` on; rows are `stride` floats apart.
void lethe_append_keys(
  lethe_kernel_set set, lethe_operand operand, const float *rows, size_t m, size_t d, size_t stride,
  size_t position, void *keys);

/// Puts the values of `m` positions in place, from `position` on. Values that are not finite are
/// noted, so that rows which do not see them stay free of them.
void lethe_append_values(
  lethe_kernel_set set, lethe_operand operand, const float *rows, size_t m, size_t d, size_t stride,
  size_t position, size_t capacity, void *values);

/// What the rows of a call share.
typedef struct lethe_attention {
  lethe_operand operand;
  size_t d;
  float scale;
  /// s = tanh(s / cap) * cap, if it is above 0.
  float soft_cap;
  /// How many keys before its own position and with it a row sees; 0 for all.
  size_t window;
  /// A row at position p sees no key behind p; else it sees the first `key_count`.
  int is_causal;
  size_t key_count;
  size_t capacity;
  const void *keys;
  const void *values;
  const float *queries;
  float *output;
  /// May be null.
  const float *bias;
} lethe_attention;

/// The bytes of working memory for rows that see keys below `key_count`.
size_t lethe_attention_scratch_bytes(size_t d, size_t key_count);

/// Row i reads queries[offsets[i]...], writes output[offsets[i]...], stands at positions[i], and adds
/// bias[bias_offsets[i] + j] for key j. `bias_offsets` may be null without a bias. `scratch` is aligned to
/// 64 bytes.
void lethe_attend(
  lethe_kernel_set set, const lethe_attention *call, size_t m, const int32_t *offsets,
  const int32_t *positions, const int32_t *bias_offsets, void *scratch);

#endif
