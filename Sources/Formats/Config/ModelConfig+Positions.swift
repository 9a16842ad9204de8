extension ModelConfig {
  /// Where the positions of tokens come in.
  public enum Positions: Sendable, Hashable {
    /// Queries and keys are rotated.
    case rotary(RotaryPositions)
    /// Scores fall with the distance.
    case alibi(ALiBi)
    /// A row of a table (`position_embd`) is added to the embedding; position 0 takes row 0.
    case learned
    /// Scores gain a learned number for the bucket that the distance is in, in self-attention only.
    case relative(RelativePositions)
  }

  /// Positions as rotations: elements i and i + ``dimension`` / 2 of a head are a pair, and at position
  /// p pair i is turned by p · ``theta``^(-2i / ``dimension``), before ``scaling``.
  public struct RotaryPositions: Sendable, Hashable {
    /// How many elements of a head are rotated, from its first on; even.
    public var dimension: Int
    /// The base of the frequencies.
    public var theta: Double
    /// How the frequencies are stretched; `nil` if they are not.
    public var scaling: RotaryScaling?

    /// Creates rotations.
    public init(dimension: Int, theta: Double = 10_000, scaling: RotaryScaling? = nil) {
      self.dimension = dimension
      self.theta = theta
      self.scaling = scaling
    }
  }

  /// Positions as a bias of scores: slope · (key position - query position).
  ///
  /// With n the least power of two that is not below the heads' number, slope i, from 1, of n heads is
  /// 2^(-``maximumBias`` · i / n); of fewer heads, the first take the slopes with even i in their
  /// order, the others those with odd i.
  public struct ALiBi: Sendable, Hashable {
    /// The exponent of the last slope of all, with its sign changed.
    public var maximumBias: Double
    /// Whether the bias is added before the scores are scaled, and scaled with them.
    public var isScaled: Bool
    /// Whether slopes, key positions and their products are each rounded to BF16; the bias is then
    /// slope · key position, whatever the query's.
    public var isRounded: Bool

    /// Creates a bias.
    public init(maximumBias: Double = 8, isScaled: Bool = false, isRounded: Bool = false) {
      self.maximumBias = maximumBias
      self.isScaled = isScaled
      self.isRounded = isRounded
    }
  }

  /// Positions as buckets of distances, as T5 has them; the decoder has the far side only.
  ///
  /// The table (`attn_rel_b`) of a stack's first layer counts for all of them; one row a bucket, one
  /// column a head.
  public struct RelativePositions: Sendable, Hashable {
    /// How many buckets there are; an encoder has half of them for each direction.
    public var bucketCount: Int
    /// From this distance on everything is in the last bucket.
    public var maximumDistance: Int

    /// Creates buckets.
    public init(bucketCount: Int, maximumDistance: Int) {
      self.bucketCount = bucketCount
      self.maximumDistance = maximumDistance
    }
  }

  /// How rotary frequencies are stretched beyond the context that a model was first trained with.
  public enum RotaryScaling: Sendable, Hashable {
    /// Every frequency is divided by the factor.
    case linear(factor: Double)
    /// From more than `contextLength` positions L on, the base is multiplied by
    /// (factor · L / contextLength - (factor - 1))^(d / (d - 2)), for all of the sequence.
    case dynamic(factor: Double, contextLength: Int)
    /// Low frequencies are divided by the factor, high ones stay, those between are blended.
    case llama3(Llama3Scaling)
    /// Frequencies are blended by a ramp over the pairs.
    case yarn(YarnScaling)
    /// Every frequency has a divisor of its own, for short sequences and for long ones.
    case longRope(LongRopeScaling)
    /// Every frequency has a divisor of its own: the tensor `rope_freqs`.
    case divisors
    /// What no model that is understood here has, as the configuration names it.
    case other(String)
  }

  /// The numbers of LLaMA 3.1's stretching.
  ///
  /// A wavelength 2π / frequency below `contextLength / highFrequencyFactor` stays, one above
  /// `contextLength / lowFrequencyFactor` is stretched by the factor.
  public struct Llama3Scaling: Sendable, Hashable {
    /// What low frequencies are divided by.
    public var factor: Double
    /// Where frequencies count as low.
    public var lowFrequencyFactor: Double
    /// Where frequencies count as high; above ``lowFrequencyFactor``.
    public var highFrequencyFactor: Double
    /// The context that the model was first trained with.
    public var contextLength: Int

    /// Creates the numbers.
    public init(
      factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, contextLength: Int
    ) {
      self.factor = factor
      self.lowFrequencyFactor = lowFrequencyFactor
      self.highFrequencyFactor = highFrequencyFactor
      self.contextLength = contextLength
    }
  }

  /// The numbers of YaRN.
  ///
  /// The ramp rises from pair d · ln(contextLength / (fastBeta · 2π)) / (2 ln θ) to the same with
  /// `slowBeta`; below it frequencies stay, above it they are divided by the factor.
  public struct YarnScaling: Sendable, Hashable {
    /// What low frequencies are divided by.
    public var factor: Double
    /// The context that the model was first trained with.
    public var contextLength: Int
    /// Turns in that context from which on a frequency stays.
    public var fastBeta: Double
    /// Turns in that context below which a frequency is divided.
    public var slowBeta: Double
    /// What sines and cosines are multiplied by.
    public var attentionFactor: Double
    /// Whether the ends of the ramp are rounded to whole pairs, outwards.
    public var isTruncated: Bool

    /// Creates the numbers.
    public init(
      factor: Double, contextLength: Int, fastBeta: Double = 32, slowBeta: Double = 1,
      attentionFactor: Double, isTruncated: Bool = true
    ) {
      self.factor = factor
      self.contextLength = contextLength
      self.fastBeta = fastBeta
      self.slowBeta = slowBeta
      self.attentionFactor = attentionFactor
      self.isTruncated = isTruncated
    }
  }

  /// The numbers of LongRoPE.
  public struct LongRopeScaling: Sendable, Hashable {
    /// The divisors of a sequence's frequencies, one for each pair.
    public struct Divisors: Sendable, Hashable {
      /// Those of a sequence of at most ``LongRopeScaling/contextLength`` positions.
      public var short: [Double]
      /// Those of a longer sequence, for all of its positions.
      public var long: [Double]

      /// Creates divisors.
      public init(short: [Double], long: [Double]) {
        self.short = short
        self.long = long
      }
    }

    /// The divisors; `nil` where they are the tensors `rope_factors_short` and `rope_factors_long`.
    public var divisors: Divisors?
    /// The context that the model was first trained with.
    public var contextLength: Int
    /// What sines and cosines are multiplied by.
    public var attentionFactor: Double

    /// Creates the numbers.
    public init(divisors: Divisors?, contextLength: Int, attentionFactor: Double) {
      self.divisors = divisors
      self.contextLength = contextLength
      self.attentionFactor = attentionFactor
    }
  }
}
