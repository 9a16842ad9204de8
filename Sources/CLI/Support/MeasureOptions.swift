public import ArgumentParser
public import Diff

/// The options that ask for more than the default metrics of drift.
struct MeasureOptions: ParsableArguments {
  @Flag(help: "Estimate quantiles of |Δ| and of |Δ| relative to the base's values")
  var quantiles = false

  @Option(
    help: ArgumentHelp(
      "Compute the largest singular values of each matrix's delta, this many or 'all'",
      valueName: "count"))
  var spectrum: DriftMeasures.SpectrumSize?

  @Flag(help: "Count intruder dimensions, and measure how far the principal subspace turned")
  var intruders = false

  @Flag(help: "Tell the drift of each attention head (CSV by tensor: one row for each head)")
  var perHead = false

  /// What they ask for.
  var measures: DriftMeasures {
    var measures = DriftMeasures()
    measures.quantiles = quantiles
    measures.spectrum = spectrum
    measures.intruders = intruders
    measures.heads = perHead
    return measures
  }
}

extension DriftMeasures.SpectrumSize: ExpressibleByArgument {
  /// Reads a count of at least 1, or `all`.
  public init?(argument: String) {
    if argument == "all" {
      self = .all
    } else if let count = Int(argument), count > 0 {
      self = .top(count)
    } else {
      return nil
    }
  }
}
