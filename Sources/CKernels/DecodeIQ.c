// Types whose groups of four or eight elements are entries of a grid: a table of the groups that
// occur. IQGrids.h packs an entry as one level for each element, first element lowest.
#include "Decoder.h"
#include "IQGrids.h"

#pragma STDC FP_CONTRACT OFF

// MARK: Two bits

// Eight elements: levels 0, 1, 2 are 8, 25, 43. Bit i of `signs` makes element i negative.
INLINE void iq2_group(uint16_t entry, unsigned signs, float scale, float *restrict output) {
  for (int i = 0; i < 8; ++i) {
    int level = entry >> 2 * i & 3;
    int magnitude = 8 + 17 * level + (level >> 1);
    int sign = -(int)(signs >> i & 1);
    output[i] = scale * (float)((magnitude ^ sign) - sign);
  }
}

// Eight signs from seven bits: the number of negative elements is even.
INLINE unsigned even_signs(unsigned bits) {
  // Bit n of the constant is the parity of n.
  return bits | (0x6996u >> ((bits ^ bits >> 4) & 15) & 1) << 7;
}

INLINE float iq2_scale(float scale, unsigned group_scale) {
  return scale * (0.5f + (float)group_scale) * 0.25f;
}

// For each 32 elements four entries, and a word: four times seven signs, and the scale.
//
//   byte  0        2                                              66
//         | scale  | 8 x (4 x entry, 8 bits | 4 x 7 signs, 4 bits scale) |
INLINE void iq2_xxs_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int part = 0; part < 8; ++part) {
    const uint8_t *entries = block + 2 + 8 * part;
    uint32_t word = load_word(entries + 4);
    float part_scale = iq2_scale(scale, word >> 28);
    for (int i = 0; i < 4; ++i) {
      unsigned signs = even_signs(word >> 7 * i & 127);
      iq2_group(iq2_xxs_grid[entries[i]], signs, part_scale, output + 32 * part + 8 * i);
    }
  }
}

// A half word has an entry's nine bits, then seven signs. A scale serves 16 elements, the low half
// of its byte the first 16 of 32.
//
//   byte  0        2                          66           74
//         | scale  | 32 x (entry, 9 | signs)  | 16 scales  |
INLINE void iq2_xs_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int i = 0; i < 32; ++i) {
    unsigned half = load_half(block + 2 + 2 * i);
    float group_scale = iq2_scale(scale, block[66 + i / 4] >> i % 4 / 2 * 4 & 15);
    iq2_group(iq2_xs_grid[half & 511], even_signs(half >> 9), group_scale, output + 8 * i);
  }
}

// Entries of ten bits, the high two of entry i in byte i / 4 at bit 2 (i mod 4); scales as iq2_xs.
//
//   byte  0        2                34              66               74           82
//         | scale  | 32 x low bits  | 32 x 8 signs  | 32 x high bits | 16 scales  |
INLINE void iq2_s_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int i = 0; i < 32; ++i) {
    unsigned entry = block[2 + i] | (unsigned)(block[66 + i / 4] >> i % 4 * 2 & 3) << 8;
    float group_scale = iq2_scale(scale, block[74 + i / 4] >> i % 4 / 2 * 4 & 15);
    iq2_group(iq2_s_grid[entry], block[34 + i], group_scale, output + 8 * i);
  }
}

// MARK: Three bits

// Four elements: levels 0 to 7 are 4, 12, 20, 28, 36, 44, 52, 62.
INLINE void iq3_xxs_group(uint16_t entry, unsigned signs, float scale, float *restrict output) {
  for (int i = 0; i < 4; ++i) {
    int level = entry >> 3 * i & 7;
    int magnitude = 4 + 8 * level + (level + 1) / 8 * 2;
    int sign = -(int)(signs >> i & 1);
    output[i] = scale * (float)((magnitude ^ sign) - sign);
  }
}

// Four elements: levels 0 to 7 are 1, 3, 5 and so on.
INLINE void iq3_s_group(uint16_t entry, unsigned signs, float scale, float *restrict output) {
  for (int i = 0; i < 4; ++i) {
    int magnitude = 1 + 2 * (entry >> 3 * i & 7);
    int sign = -(int)(signs >> i & 1);
    output[i] = scale * (float)((magnitude ^ sign) - sign);
  }
}

// For each 32 elements eight entries; their words follow all entries, as in iq2_xxs.
//
//   byte  0        2                     66                                  98
//         | scale  | 64 x entry, 8 bits  | 8 x (4 x 7 signs, 4 bits scale)   |
INLINE void iq3_xxs_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int part = 0; part < 8; ++part) {
    uint32_t word = load_word(block + 66 + 4 * part);
    float part_scale = scale * (0.5f + (float)(word >> 28)) * 0.5f;
    for (int i = 0; i < 8; ++i) {
      unsigned signs = even_signs(word >> i / 2 * 7 & 127) >> i % 2 * 4;
      uint16_t entry = iq3_xxs_grid[block[2 + 8 * part + i]];
      iq3_xxs_group(entry, signs, part_scale, output + 32 * part + 4 * i);
    }
  }
}

// Entries of nine bits, the high one of entry i is bit i mod 8 of byte i / 8. A scale serves 32
// elements, the low half of its byte the first 32 of 64.
//
//   byte  0        2                66               74              106         110
//         | scale  | 64 x low bits  | 64 x high bit  | 256 signs     | 8 scales  |
INLINE void iq3_s_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int i = 0; i < 64; ++i) {
    unsigned entry = block[2 + i] | (unsigned)(block[66 + i / 8] >> i % 8 & 1) << 8;
    int group_scale = block[106 + i / 16] >> i % 16 / 8 * 4 & 15;
    unsigned signs = block[74 + i / 2] >> i % 2 * 4;
    float part_scale = scale * (float)(1 + 2 * group_scale);
    iq3_s_group(iq3_s_grid[entry], signs, part_scale, output + 4 * i);
  }
}

// MARK: One bit

// Eight elements: levels 0, 1, 2 are -1, 0, 1, all shifted by an eighth, down if `is_down`.
INLINE void iq1_group(uint16_t entry, int is_down, float scale, float *restrict output) {
  float shift = is_down ? -0.125f : 0.125f;
  for (int i = 0; i < 8; ++i) {
    output[i] = scale * ((float)((entry >> 2 * i & 3) - 1) + shift);
  }
}

// Entries of eleven bits. A half word serves 32 elements: four times the high three bits of an
// entry, three bits of scale, one of shift.
//
//   byte  0        2                34                                     50
//         | scale  | 32 x low bits  | 8 x (4 x 3 high bits | scale | shift) |
INLINE void iq1_s_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  for (int part = 0; part < 8; ++part) {
    unsigned half = load_half(block + 34 + 2 * part);
    float part_scale = scale * (float)(2 * (half >> 12 & 7) + 1);
    for (int i = 0; i < 4; ++i) {
      unsigned entry = block[2 + 4 * part + i] | (half >> 3 * i & 7) << 8;
      iq1_group(iq1_grid[entry], half >> 15, part_scale, output + 32 * part + 8 * i);
    }
  }
}

// Half a byte of high bits: the high three bits of an entry, and its shift. Half word w of scales
// has the scales of elements 64 w on, three bits for each 16, and above them four bits of the
// block's scale, the lowest in the first half word.
//
//   byte  0               32                               48                        56
//         | 32 x low bits | 32 x (3 high bits | shift)     | 4 x (4 scales | 4 bits)  |
INLINE void iq1_m_block(const uint8_t *restrict block, float *restrict output) {
  unsigned scale_bits = 0;
  for (int word = 0; word < 4; ++word) {
    scale_bits |= (unsigned)(load_half(block + 48 + 2 * word) >> 12) << 4 * word;
  }
  float scale = widen_f16((uint16_t)scale_bits);
  for (int i = 0; i < 32; ++i) {
    unsigned scales = load_half(block + 48 + i / 8 * 2);
    float group_scale = scale * (float)(2 * (scales >> i % 8 / 2 * 3 & 7) + 1);
    unsigned high = block[32 + i / 2] >> i % 2 * 4 & 15;
    unsigned entry = block[i] | (high & 7) << 8;
    iq1_group(iq1_grid[entry], high >> 3, group_scale, output + 8 * i);
  }
}

// MARK: Four bits

static const int8_t iq4_levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};

// 32 elements: the low halves of the bytes first.
INLINE void iq4_group(const uint8_t *restrict quants, float scale, float *restrict output) {
  for (int i = 0; i < 16; ++i) output[i] = scale * (float)iq4_levels[quants[i] & 15];
  for (int i = 0; i < 16; ++i) output[i + 16] = scale * (float)iq4_levels[quants[i] >> 4];
}

//   byte  0        2                 18
//         | scale  | 16 x (low|high) |
INLINE void iq4_nl_block(const uint8_t *restrict block, float *restrict output) {
  iq4_group(block + 2, widen_f16(load_half(block)), output);
}

// A scale of six bits for each 32 elements, less 32.
//
//   byte  0        2                        4                       8                136
//         | scale  | 8 x 2 bits of scales,  | 8 x 4 bits of scales, | 8 x 16 x         |
//                    high                     low                     (low|high)
INLINE void iq4_xs_block(const uint8_t *restrict block, float *restrict output) {
  float scale = widen_f16(load_half(block));
  unsigned high_bits = load_half(block + 2);
  for (int part = 0; part < 8; ++part) {
    int low = block[4 + part / 2] >> part % 2 * 4 & 15;
    int high = (int)(high_bits >> 2 * part & 3);
    float part_scale = scale * (float)((low | high << 4) - 32);
    iq4_group(block + 8 + 16 * part, part_scale, output + 32 * part);
  }
}

BLOCK_DECODER(iq1_s, 256, 50)
BLOCK_DECODER(iq1_m, 256, 56)
BLOCK_DECODER(iq2_xxs, 256, 66)
BLOCK_DECODER(iq2_xs, 256, 74)
BLOCK_DECODER(iq2_s, 256, 82)
BLOCK_DECODER(iq3_xxs, 256, 98)
BLOCK_DECODER(iq3_s, 256, 110)
BLOCK_DECODER(iq4_nl, 32, 18)
BLOCK_DECODER(iq4_xs, 256, 136)
