// Types whose blocks of 256 elements are cut into groups with scales of their own, which are small
// integers times a scale of the block.
#include "Decoder.h"

#pragma STDC FP_CONTRACT OFF

// Groups of 16. Element 128 h + 32 j + l (l < 32) is in bits 2j and 2j + 1 of byte 32 h + l.
//
//   byte  0                         16              80       82         84
//         | 16 x (scale|minimum), 4 | 256 x 2 bits  | scale  | minimum  |
//           bits each
//   value = (scale * group's scale) * q - minimum * group's minimum
INLINE void q2_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block + 80)), minimum = widen_f16(load_half(block + 82));
  for (int group = 0; group < 16; ++group) {
    float group_scale = scale * (float)(block[group] & 15);
    float group_minimum = minimum * (float)(block[group] >> 4);
    const uint8_t *quants = block + 16 + group / 8 * 32 + group % 2 * 16;
    int shift = group / 2 % 4 * 2;
    for (int i = 0; i < 16; ++i) {
      output[16 * group + i] = group_scale * (float)(quants[i] >> shift & 3) - group_minimum;
    }
  }
}

// Groups of 16. The low bits lie as in q2_K; the high bit of element 32 k + l (l < 32) is bit k of
// byte l. Scale g has its low four bits in byte g mod 8 (its low half if g < 8), the high two in
// byte 8 + g mod 4, at bit 2 (g / 4).
//
//   byte  0          32                96             108      110
//         | 256 high | 256 x 2 low bits | 16 x 6 bits  | scale  |
//           bits                         of scales
//   value = (scale * (group's scale - 32)) * (q - 4)
INLINE void q3_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block + 108));
  const uint8_t *scales = block + 96;
  for (int group = 0; group < 16; ++group) {
    int low = scales[group % 8] >> (group < 8 ? 0 : 4) & 15;
    int high = scales[8 + group % 4] >> group / 4 * 2 & 3;
    float group_scale = scale * (float)((low | high << 4) - 32);
    const uint8_t *quants = block + 32 + group / 8 * 32 + group % 2 * 16;
    const uint8_t *high_bits = block + group % 2 * 16;
    int shift = group / 2 % 4 * 2, high_shift = group / 2;
    for (int i = 0; i < 16; ++i) {
      int q = (quants[i] >> shift & 3) | (high_bits[i] >> high_shift & 1) << 2;
      output[16 * group + i] = group_scale * (float)(q - 4);
    }
  }
}

// The scale and the minimum of one of eight groups, six bits each:
//
//   byte  0             4               8                 12
//         | 4 x (hh|sc) | 4 x (hh|min)  | 4 x (sc lo|min lo) |
//
// The first four groups have theirs in the low six bits of the first eight bytes; the last four
// have low halves in the last four bytes and their high two bits where hh is.
typedef struct {
  int scale, minimum;
} group_pair;

INLINE group_pair group_pair_at(const uint8_t *packed, int group) {
  if (group < 4) return (group_pair){packed[group] & 63, packed[group + 4] & 63};
  return (group_pair){
      (packed[group + 4] & 15) | packed[group - 4] >> 6 << 4,
      packed[group + 4] >> 4 | packed[group] >> 6 << 4};
}

// Groups of 32: two share 32 bytes, the even one in the low halves.
//
//   byte  0        2          4                   16              144
//         | scale  | minimum  | scales of groups  | 256 x 4 bits  |
//   value = (scale * group's scale) * q - minimum * group's minimum
INLINE void q4_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block)), minimum = widen_f16(load_half(block + 2));
  for (int group = 0; group < 8; ++group) {
    group_pair pair = group_pair_at(block + 4, group);
    float group_scale = scale * (float)pair.scale, group_minimum = minimum * (float)pair.minimum;
    const uint8_t *quants = block + 16 + group / 2 * 32;
    int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      output[32 * group + i] = group_scale * (float)(quants[i] >> shift & 15) - group_minimum;
    }
  }
}

// As q4_K; the fifth bit of element 32 g + l (l < 32) is bit g of byte l.
//
//   byte  0        2          4                   16           48                  176
//         | scale  | minimum  | scales of groups  | 256 fifth  | 256 x 4 low bits  |
//                                                   bits
INLINE void q5_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block)), minimum = widen_f16(load_half(block + 2));
  const uint8_t *fifth_bits = block + 16;
  for (int group = 0; group < 8; ++group) {
    group_pair pair = group_pair_at(block + 4, group);
    float group_scale = scale * (float)pair.scale, group_minimum = minimum * (float)pair.minimum;
    const uint8_t *quants = block + 48 + group / 2 * 32;
    int shift = group % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      int q = (quants[i] >> shift & 15) | (fifth_bits[i] >> group & 1) << 4;
      output[32 * group + i] = group_scale * (float)q - group_minimum;
    }
  }
}

// Groups of 16. Element 128 h + 32 j + l (l < 32) has its low four bits in byte 64 h + 32 (j mod 2)
// + l, the low half if j < 2; its high two are bits 2j and 2j + 1 of byte 32 h + l.
//
//   byte  0                 128                192                 208      210
//         | 256 x 4 low bits | 256 x 2 high bits | 16 signed scales | scale  |
//   value = (scale * group's scale) * (q - 32)
INLINE void q6_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block + 208));
  const int8_t *scales = (const int8_t *)(block + 192);
  for (int group = 0; group < 16; ++group) {
    int half = group / 8, j = group / 2 % 4, start = group % 2 * 16;
    float group_scale = scale * (float)scales[group];
    const uint8_t *low = block + 64 * half + 32 * (j % 2) + start;
    const uint8_t *high = block + 128 + 32 * half + start;
    for (int i = 0; i < 16; ++i) {
      int q = (low[i] >> j / 2 * 4 & 15) | (high[i] >> 2 * j & 3) << 4;
      output[16 * group + i] = group_scale * (float)(q - 32);
    }
  }
}

// The sums serve dot products.
//
//   byte  0            4                260                       292
//         | f32 scale  | 256 x signed q | 16 sums of 16 q each    |    value = scale * q
INLINE void q8_K_block(const uint8_t *restrict block, float *restrict output) {
  float scale = float_of_bits(load_word(block));
  const int8_t *quants = (const int8_t *)(block + 4);
  for (int i = 0; i < 256; ++i) output[i] = scale * (float)quants[i];
}

BLOCK_DECODER(q2_K, 256, 84)
BLOCK_DECODER(q3_K, 256, 110)
BLOCK_DECODER(q4_K, 256, 144)
BLOCK_DECODER(q5_K, 256, 176)
BLOCK_DECODER(q6_K, 256, 210)
BLOCK_DECODER(q8_K, 256, 292)
