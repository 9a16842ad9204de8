/// What a model computes and the numbers that it does it with; only read while it runs.
struct Network: Sendable {
  let architecture: Architecture
  let weights: ModelWeights
}
