import Core
import Formats

extension StudyPlan.Series {
  /// Puts adapters that are given alone on what they were trained on.
  ///
  /// A first stage's adapter goes on the base. What a later one goes on, nothing in its files says: it
  /// must be said, or the wrong weights would be measured without a word.
  ///
  /// - Parameter chain: What later adapters go on; `nil` where nobody said it.
  /// - Returns: The series with every stage a whole model.
  /// - Throws: ``InputError`` if it had to be said and was not.
  func puttingAdapters(on chain: StudyPlan.AdapterChain?) throws(InputError) -> Self {
    var series = self
    var previous = base
    for (index, stage) in stages.enumerated() {
      guard CheckpointArgument(stage.checkpoint).isAdapterAlone else {
        previous = stage.checkpoint
        continue
      }
      let ground: String
      switch chain {
      case .merged: ground = previous
      case .base: ground = base
      case nil where index == 0: ground = base
      case nil:
        throw InputError(
          path: stage.checkpoint,
          "is the adapter of stage \(index + 1) ('\(stage.name)'), and nothing says what it was "
            + "trained on",
          hint: "say adapter_chain: merged (the stages before, merged), or base (the base itself)")
      }
      series.stages[index].checkpoint = "\(ground)+\(stage.checkpoint)"
      previous = series.stages[index].checkpoint
    }
    return series
  }
}
