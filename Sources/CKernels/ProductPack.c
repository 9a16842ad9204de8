#include <string.h>

#include "Common.h"
#include "PackedInt8.h"
#include "Panels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma STDC FP_CONTRACT OFF

// The words of a row that are made at a time.
enum { CHUNK = 128 };

// Words `first` to `first + count` of a row of `k` elements.
INLINE void row_words(
  lethe_operand operand, const float *x, size_t k, size_t first, size_t count, uint32_t *words) {
  if (operand == LETHE_F32) {
    memcpy(words, x + first, count * sizeof *words);
    return;
  }
  size_t whole = k / 2 - first < count ? k / 2 - first : count;
  const float *pairs = x + 2 * first;
  for (size_t i = 0; i < whole; i++) {
    words[i] = bf16_bits(pairs[2 * i]) | bf16_bits(pairs[2 * i + 1]) << 16;
  }
  if (whole < count) { words[whole] = bf16_bits(pairs[2 * whole]); }
}

// Puts words [rows][count] as lines [count][width]; rows are `stride` bytes apart, at any address.
static void turn_rows_scalar(
  const char *source, size_t stride, size_t rows, size_t count, size_t width, uint32_t *lines) {
  for (size_t i = 0; i < count; i++) {
    for (size_t j = 0; j < rows; j++) {
      lines[i * width + j] = load_word(source + j * stride + i * sizeof(uint32_t));
    }
  }
}

#if defined(__x86_64__)

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))

// Rows of 16 words to columns.
AVX512 INLINE void turn_16(__m512i rows[16]) {
  __m512i pairs[16], fours[16], eights[16];
  for (int i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    for (int j = 0; j < 2; j++) {
      fours[i + 2 * j] = _mm512_unpacklo_epi64(pairs[i + j], pairs[i + j + 2]);
      fours[i + 2 * j + 1] = _mm512_unpackhi_epi64(pairs[i + j], pairs[i + j + 2]);
    }
  }
  // Element c of lane l of fours[4 g + c] is column 4 l + c of rows 4 g to 4 g + 3.
  for (int i = 0; i < 8; i += 4) {
    for (int c = 0; c < 4; c++) {
      __m512i first = fours[2 * i + c], second = fours[2 * i + 4 + c];
      eights[i + c] = _mm512_shuffle_i32x4(first, second, 0x88);
      eights[8 + i + c] = _mm512_shuffle_i32x4(first, second, 0xdd);
    }
  }
  for (int c = 0; c < 4; c++) {
    rows[c] = _mm512_shuffle_i32x4(eights[c], eights[4 + c], 0x88);
    rows[8 + c] = _mm512_shuffle_i32x4(eights[c], eights[4 + c], 0xdd);
    rows[4 + c] = _mm512_shuffle_i32x4(eights[8 + c], eights[12 + c], 0x88);
    rows[12 + c] = _mm512_shuffle_i32x4(eights[8 + c], eights[12 + c], 0xdd);
  }
}

AVX512 static void turn_rows_avx512(
  const char *source, size_t stride, size_t rows, size_t count, size_t width, uint32_t *lines) {
  for (size_t j = 0; j < rows; j += 16) {
    size_t height = rows - j < 16 ? rows - j : 16;
    __mmask16 stored = (__mmask16)((1u << height) - 1);
    for (size_t i = 0; i < count; i += 16) {
      size_t length = count - i < 16 ? count - i : 16;
      __mmask16 loaded = (__mmask16)((1u << length) - 1);
      __m512i block[16];
      for (size_t r = 0; r < 16; r++) {
        block[r] = r < height
                     ? _mm512_maskz_loadu_epi32(loaded, source + (j + r) * stride + 4 * i)
                     : _mm512_setzero_si512();
      }
      turn_16(block);
      for (size_t x = 0; x < 16; x++) {
        if (x < length) { _mm512_mask_storeu_epi32(lines + (i + x) * width + j, stored, block[x]); }
      }
    }
  }
}

#endif

INLINE void convert_body(
  lethe_operand operand, const float *x, size_t rows, size_t k, size_t stride, size_t first,
  size_t count, uint32_t *words) {
  for (size_t j = 0; j < rows; j++) {
    row_words(operand, x + j * stride, k, first, count, words + j * CHUNK);
  }
}

KERNEL(
  void, convert,
  (lethe_operand operand, const float *x, size_t rows, size_t k, size_t stride, size_t first,
   size_t count, uint32_t *words),
  (operand, x, rows, k, stride, first, count, words))

static void convert(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t rows, size_t k, size_t stride,
  size_t first, size_t count, uint32_t *words) {
  CHOOSE(convert, (operand, x, rows, k, stride, first, count, words));
}

static void turn_rows(
  lethe_kernel_set set, const char *source, size_t stride, size_t rows, size_t count, size_t width,
  uint32_t *lines) {
#if defined(__x86_64__)
  if (set >= LETHE_KERNELS_AVX512 && rows > 2) {
    turn_rows_avx512(source, stride, rows, count, width, lines);
    return;
  }
#else
  (void)set;
#endif
  turn_rows_scalar(source, stride, rows, count, width, lines);
}

void lethe_pack_words(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t rows, size_t k, size_t stride,
  size_t width, uint32_t *packed) {
  uint32_t words[LETHE_PANEL_WIDTH * CHUNK];
  size_t total = word_count(operand, k);
  for (size_t first = 0; first < total; first += CHUNK) {
    size_t count = total - first < CHUNK ? total - first : CHUNK;
    convert(set, operand, x, rows, k, stride, first, count, words);
    turn_rows(
      set, (const char *)words, CHUNK * sizeof *words, rows, count, width, packed + first * width);
  }
}

size_t lethe_panel_bytes(lethe_operand operand, size_t k) {
  if (operand == LETHE_INT8) { return int8_panel_bytes(k); }
  return word_count(operand, k) * WIDTH * sizeof(uint32_t);
}

size_t lethe_packed_rows_bytes(lethe_operand operand, size_t m, size_t k) {
  size_t blocks = (m + BLOCK_ROWS - 1) / BLOCK_ROWS;
  if (operand == LETHE_INT8) { return blocks * int8_block_bytes(k); }
  return blocks * BLOCK_ROWS * word_count(operand, k) * sizeof(uint32_t);
}

void lethe_pack_weights(
  lethe_kernel_set set, lethe_operand operand, const float *w, size_t n, size_t k, size_t stride,
  size_t first, void *panels) {
  size_t panel_bytes = lethe_panel_bytes(operand, k);
  for (size_t row = first; row < first + n;) {
    size_t column = row % WIDTH, left = first + n - row;
    size_t count = WIDTH - column < left ? WIDTH - column : left;
    char *panel = (char *)panels + row / WIDTH * panel_bytes;
    const float *source = w + (row - first) * stride;
    if (operand == LETHE_INT8) {
      lethe_pack_int8_weights(set, source, count, k, stride, column, panel);
    } else {
      lethe_pack_words(set, operand, source, count, k, stride, WIDTH, (uint32_t *)panel + column);
    }
    row += count;
  }
}

// Words of bf16 are taken from the rows as they are.
static void pack_bf16_rows(
  lethe_kernel_set set, const char *halves, size_t rows, size_t k, uint32_t *panel) {
  size_t row_bytes = k * sizeof(uint16_t), whole = k / 2;
  turn_rows(set, halves, row_bytes, rows, whole, WIDTH, panel);
  if (k % 2 == 0) { return; }
  const char *last = halves + (k - 1) * sizeof(uint16_t);
  for (size_t j = 0; j < rows; j++) { panel[whole * WIDTH + j] = load_half(last + j * row_bytes); }
}

INLINE void widen_body(lethe_half_format format, const char *halves, size_t n, float *out) {
  if (format == LETHE_HALF_BF16) {
    for (size_t i = 0; i < n; i++) { out[i] = widen_bf16(load_half(halves + 2 * i)); }
  } else {
    for (size_t i = 0; i < n; i++) { out[i] = widen_f16(load_half(halves + 2 * i)); }
  }
}
KERNEL(
  void, widen, (lethe_half_format format, const char *halves, size_t n, float *out),
  (format, halves, n, out))

static void widen(
  lethe_kernel_set set, lethe_half_format format, const char *halves, size_t n, float *out) {
  CHOOSE(widen, (format, halves, n, out));
}

// A few elements at a time become f32, and then what is asked for.
static void pack_widened_rows(
  lethe_kernel_set set, lethe_operand operand, const char *halves, lethe_half_format format,
  size_t rows, size_t k, size_t column, char *panel) {
  for (size_t start = 0; start < k; start += CHUNK) {
    float values[LETHE_PANEL_WIDTH][CHUNK];
    size_t length = k - start < CHUNK ? k - start : CHUNK;
    for (size_t j = 0; j < rows; j++) {
      widen(set, format, halves + (j * k + start) * sizeof(uint16_t), length, values[j]);
    }
    if (operand == LETHE_INT8) {
      lethe_pack_int8_weights(
        set, values[0], rows, length, CHUNK, column, panel + int8_panel_bytes(start));
    } else {
      uint32_t *words = (uint32_t *)panel + word_count(operand, start) * WIDTH + column;
      lethe_pack_words(set, operand, values[0], rows, length, CHUNK, WIDTH, words);
    }
  }
}

void lethe_pack_half_weights(
  lethe_kernel_set set, lethe_operand operand, const void *halves, lethe_half_format format,
  size_t n, size_t k, size_t first, void *panels) {
  size_t panel_bytes = lethe_panel_bytes(operand, k);
  const char *source = halves;
  for (size_t row = first; row < first + n;) {
    size_t column = row % WIDTH, left = first + n - row;
    size_t count = WIDTH - column < left ? WIDTH - column : left;
    char *panel = (char *)panels + row / WIDTH * panel_bytes;
    if (operand == LETHE_BF16 && format == LETHE_HALF_BF16) {
      pack_bf16_rows(set, source, count, k, (uint32_t *)panel + column);
    } else {
      pack_widened_rows(set, operand, source, format, count, k, column, panel);
    }
    source += count * k * sizeof(uint16_t);
    row += count;
  }
}

void lethe_pack_activations(
  lethe_kernel_set set, lethe_operand operand, const float *x, size_t m, size_t k, size_t stride,
  size_t first, void *packed) {
  size_t block_bytes = lethe_packed_rows_bytes(operand, 1, k);
  char *block = (char *)packed + first / BLOCK_ROWS * block_bytes;
  for (size_t row = 0; row < m; row += BLOCK_ROWS, block += block_bytes) {
    size_t count = m - row < BLOCK_ROWS ? m - row : BLOCK_ROWS;
    if (operand == LETHE_INT8) {
      lethe_pack_int8_activations(set, x + row * stride, count, k, stride, block);
    } else {
      lethe_pack_words(
        set, operand, x + row * stride, count, k, stride, BLOCK_ROWS, (uint32_t *)block);
    }
  }
}
