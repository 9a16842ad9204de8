#include "CKernelsAttention.h"

#include <math.h>
#include <string.h>

#include "Common.h"
#include "Functions.h"
#include "Panels.h"

#pragma STDC FP_CONTRACT OFF

enum { SUM_LANES = 16 };

static size_t whole_panels(size_t count) { return (count + WIDTH - 1) / WIDTH; }

// The bytes of the panels of values, behind which stands one byte for each position: whether any of
// its values is not finite.
static size_t value_panels_bytes(lethe_operand operand, size_t capacity, size_t d) {
  return whole_panels(d) * word_count(operand, capacity) * WIDTH * sizeof(uint32_t);
}

size_t lethe_keys_bytes(lethe_operand operand, size_t capacity, size_t d) {
  return whole_panels(capacity) * word_count(operand, d) * WIDTH * sizeof(uint32_t);
}

size_t lethe_values_bytes(lethe_operand operand, size_t capacity, size_t d) {
  return value_panels_bytes(operand, capacity, d) + capacity;
}

void lethe_append_keys(
  lethe_kernel_set set, lethe_operand operand, const float *rows, size_t m, size_t d, size_t stride,
  size_t position, void *keys) {
  lethe_pack_weights(set, operand, rows, m, d, stride, position, keys);
}

static int is_finite_row(const float *x, size_t n) {
  uint32_t largest = 0;
  for (size_t i = 0; i < n; i++) {
    uint32_t magnitude = load_word(x + i) & 0x7fffffff;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest < 0x7f800000;
}

// The values of one position, as halves or words of the panels' rows.
INLINE void append_value_body(
  lethe_operand operand, const float *x, size_t d, size_t position, size_t panel_words,
  uint32_t *panels) {
  for (size_t column = 0; column < d; column += WIDTH, panels += panel_words) {
    size_t count = d - column < WIDTH ? d - column : WIDTH;
    if (operand == LETHE_F32) {
      memcpy(panels + position * WIDTH, x + column, count * sizeof *x);
      continue;
    }
    uint16_t *halves = (uint16_t *)(panels + position / 2 * WIDTH) + position % 2;
    for (size_t i = 0; i < count; i++) { halves[2 * i] = (uint16_t)bf16_bits(x[column + i]); }
  }
}

KERNEL(
  void, append_value,
  (lethe_operand operand, const float *x, size_t d, size_t position, size_t panel_words,
   uint32_t *panels),
  (operand, x, d, position, panel_words, panels))

static void append_value(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t d, size_t position,
  size_t panel_words, uint32_t *panels) {
  CHOOSE(append_value, (operand, x, d, position, panel_words, panels));
}

void lethe_append_values(
  lethe_kernel_set set, lethe_operand operand, const float *rows, size_t m, size_t d, size_t stride,
  size_t position, size_t capacity, void *values) {
  size_t panel_words = word_count(operand, capacity) * WIDTH;
  uint8_t *is_odd = (uint8_t *)values + value_panels_bytes(operand, capacity, d);
  for (size_t i = 0; i < m; i++) {
    const float *x = rows + i * stride;
    append_value(set, operand, x, d, position + i, panel_words, values);
    is_odd[position + i] = !is_finite_row(x, d);
  }
}

// What is between a product and a softmax, where it is more than a factor.
INLINE void bend_body(
  float *scores, size_t first, size_t last, float scale, float soft_cap, const float *bias) {
  for (size_t j = first; j <= last; j++) { scores[j] *= scale; }
  if (soft_cap > 0) {
    for (size_t j = first; j <= last; j++) {
      scores[j] = tanh_f32(scores[j] / soft_cap) * soft_cap;
    }
  }
  if (bias) {
    for (size_t j = first; j <= last; j++) { scores[j] += bias[j]; }
  }
}

// Products to the weights of a softmax before its division, for keys `first` to `last` of `count`,
// a multiple of 16; the others get weight 0. Returns the sum.
INLINE float soften_body(
  float *scores, size_t first, size_t last, size_t count, float scale, float soft_cap,
  const float *bias) {
  if (soft_cap > 0 || bias || !(scale > 0)) {
    bend_body(scores, first, last, scale, soft_cap, bias);
    scale = 1;
  }
  for (size_t j = 0; j < first; j++) { scores[j] = -INFINITY; }
  for (size_t j = last + 1; j < count; j++) { scores[j] = -INFINITY; }
  float lanes[SUM_LANES];
  for (int i = 0; i < SUM_LANES; i++) { lanes[i] = -INFINITY; }
  for (size_t j = 0; j < count; j += SUM_LANES) {
    for (int i = 0; i < SUM_LANES; i++) {
      float score = scores[j + i] * scale;
      lanes[i] = score > lanes[i] ? score : lanes[i];
    }
  }
  float top = lanes[0];
  for (int i = 1; i < SUM_LANES; i++) { top = lanes[i] > top ? lanes[i] : top; }
  for (int i = 0; i < SUM_LANES; i++) { lanes[i] = 0; }
  for (size_t j = 0; j < count; j += SUM_LANES) {
    for (int i = 0; i < SUM_LANES; i++) {
      float weight = exp_of_negative(scores[j + i] * scale - top);
      scores[j + i] = weight;
      lanes[i] += weight;
    }
  }
  for (int half = SUM_LANES / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; i++) { lanes[i] += lanes[i + half]; }
  }
  return lanes[0];
}

KERNEL(
  float, soften,
  (float *scores, size_t first, size_t last, size_t count, float scale, float soft_cap,
   const float *bias),
  (scores, first, last, count, scale, soft_cap, bias))

static float soften(
  lethe_kernel_set set, float *scores, size_t first, size_t last, size_t count, float scale,
  float soft_cap, const float *bias) {
  CHOOSE(soften, (scores, first, last, count, scale, soft_cap, bias));
}

// The keys that a row sees, both ends included.
typedef struct {
  size_t first, last;
} key_range;

static key_range visible_keys(const lethe_attention *call, int32_t position) {
  size_t end = call->is_causal ? (size_t)position + 1 : call->key_count;
  size_t reach = (size_t)position + 1;
  size_t first = call->window > 0 && reach > call->window ? reach - call->window : 0;
  return (key_range){first, end - 1};
}

// A block of rows at work.
typedef struct {
  lethe_kernel_set set;
  const lethe_attention *call;
  tile_kernel *tile;
  size_t rows;
  const int32_t *offsets;
  key_range keys[LETHE_ROW_BLOCK];
  const float *bias[LETHE_ROW_BLOCK];
  float sums[LETHE_ROW_BLOCK];
  // The keys that any row sees, `from` a multiple of 32 and `count` of keys from there.
  size_t from, count;
  float *scores;      // [rows][count]
  uint32_t *weights;  // [words of count][12]
  uint32_t *queries;  // [words of d][12]
  float *gathered;    // The queries as they are, [rows][d]
} attention_block;

static size_t score_columns(size_t key_count) { return whole_panels(key_count) * WIDTH; }

size_t lethe_attention_scratch_bytes(size_t d, size_t key_count) {
  return (2 * score_columns(key_count) + 2 * d) * BLOCK_ROWS * sizeof(float);
}

static void place(attention_block *block, void *scratch) {
  size_t end = 0;
  block->from = SIZE_MAX;
  for (size_t i = 0; i < block->rows; i++) {
    if (block->keys[i].first < block->from) { block->from = block->keys[i].first; }
    if (block->keys[i].last + 1 > end) { end = block->keys[i].last + 1; }
  }
  block->from = block->from / WIDTH * WIDTH;
  block->count = score_columns(end - block->from);
  block->scores = scratch;
  block->weights = (uint32_t *)block->scores + block->count * BLOCK_ROWS;
  block->queries = block->weights + block->count * BLOCK_ROWS;
  block->gathered = (float *)block->queries + block->call->d * BLOCK_ROWS;
}

static void score(attention_block *block) {
  const lethe_attention *call = block->call;
  size_t words = word_count(call->operand, call->d);
  for (size_t i = 0; i < block->rows; i++) {
    memcpy(
      block->gathered + i * call->d, call->queries + block->offsets[i], call->d * sizeof(float));
  }
  lethe_pack_words(
    block->set, call->operand, block->gathered, block->rows, call->d, call->d, BLOCK_ROWS,
    block->queries);
  const uint32_t *panel = (const uint32_t *)call->keys + block->from * words;
  for (size_t j = 0; j < block->count; j += WIDTH) {
    block->tile(
      block->queries, panel + j * words, words, block->rows, WIDTH, 0, block->scores + j,
      block->count);
  }
}

static void weigh(attention_block *block) {
  const lethe_attention *call = block->call;
  for (size_t i = 0; i < block->rows; i++) {
    const float *bias = block->bias[i];
    block->sums[i] = soften(
      block->set, block->scores + i * block->count, block->keys[i].first - block->from,
      block->keys[i].last - block->from, block->count, call->scale, call->soft_cap,
      bias ? bias + block->from : NULL);
  }
  lethe_pack_words(
    block->set, call->operand, block->scores, block->rows, block->count, block->count, BLOCK_ROWS,
    block->weights);
}

// A word of a panel of values in which only some positions are seen; the others count as zero.
static void edge_word(
  lethe_operand operand, const uint32_t *panel, size_t word, key_range keys, uint32_t row[WIDTH]) {
  uint32_t mask = 0xffffffff;
  if (operand == LETHE_BF16) {
    if (2 * word < keys.first) { mask = 0xffff0000; }
    if (2 * word + 1 > keys.last) { mask &= 0x0000ffff; }
  }
  for (size_t i = 0; i < WIDTH; i++) { row[i] = panel[word * WIDTH + i] & mask; }
}

// weights * V for one row, over the words that hold keys it sees.
static void mix_row(
  const attention_block *block, size_t row, const uint32_t *panel, size_t used, float *mixed) {
  lethe_operand operand = block->call->operand;
  key_range keys = block->keys[row];
  size_t per_word = operand == LETHE_F32 ? 1 : 2;
  size_t first = keys.first / per_word, last = keys.last / per_word;
  const uint32_t *weights = block->weights + row;
  size_t skipped = block->from / per_word;
  for (size_t word = first; word <= last; word++) {
    uint32_t values[WIDTH];
    edge_word(operand, panel, word, keys, values);
    block->tile(
      weights + (word - skipped) * BLOCK_ROWS, values, 1, 1, used, word > first, mixed, WIDTH);
  }
}

// Whether values that are not finite stand where a row has weight 0.
static int has_odd_values(const attention_block *block) {
  const lethe_attention *call = block->call;
  const uint8_t *is_odd = (const uint8_t *)call->values +
                          value_panels_bytes(call->operand, call->capacity, call->d);
  size_t end = block->from + block->count;
  if (end > call->capacity) { end = call->capacity; }
  return memchr(is_odd + block->from, 1, end - block->from) != NULL;
}

static void mix(attention_block *block) {
  const lethe_attention *call = block->call;
  size_t panel_words = word_count(call->operand, call->capacity);
  size_t first = block->call->operand == LETHE_F32 ? block->from : block->from / 2;
  size_t words = word_count(call->operand, block->count);
  if (first + words > panel_words) { words = panel_words - first; }
  int is_odd = has_odd_values(block);
  for (size_t column = 0; column < call->d; column += WIDTH) {
    const uint32_t *panel = (const uint32_t *)call->values + column * panel_words;
    size_t used = call->d - column < WIDTH ? call->d - column : WIDTH;
    float mixed[LETHE_ROW_BLOCK * LETHE_PANEL_WIDTH];
    if (is_odd) {
      for (size_t i = 0; i < block->rows; i++) {
        mix_row(block, i, panel, used, mixed + i * WIDTH);
      }
    } else {
      block->tile(
        block->weights, panel + first * WIDTH, words, block->rows, used, 0, mixed, WIDTH);
    }
    for (size_t i = 0; i < block->rows; i++) {
      float factor = 1.0f / block->sums[i];
      float *output = call->output + block->offsets[i] + column;
      // Weights of 0 may turn -0 into 0, and how many there are depends on the block.
      for (size_t j = 0; j < used; j++) { output[j] = mixed[i * WIDTH + j] * factor + 0.0f; }
    }
  }
}

void lethe_attend(
  lethe_kernel_set set, const lethe_attention *call, size_t m, const int32_t *offsets,
  const int32_t *positions, const int32_t *bias_offsets, void *scratch) {
  attention_block block = {
    .set = set, .call = call, .tile = lethe_word_tile_kernel(set, call->operand)};
  for (size_t row = 0; row < m; row += BLOCK_ROWS) {
    block.rows = m - row < BLOCK_ROWS ? m - row : BLOCK_ROWS;
    block.offsets = offsets + row;
    for (size_t i = 0; i < block.rows; i++) {
      block.keys[i] = visible_keys(call, positions[row + i]);
      block.bias[i] = call->bias ? call->bias + bias_offsets[row + i] : NULL;
    }
    place(&block, scratch);
    score(&block);
    weigh(&block);
    mix(&block);
  }
}
