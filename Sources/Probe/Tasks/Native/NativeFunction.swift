import Core
import OrderedCollections

/// What stands for a Python function that a task file names with `!function`.
///
/// The harness runs Python that lies beside the task file. The functions that the shipped tasks need
/// are part of this program instead, under the name of the task's folder, the Python file and the
/// function: `hellaswag/utils.process_docs`.
struct NativeFunction: Sendable {
  /// What a function does, by the key it stands under.
  enum Body: Sendable {
    /// `process_docs`: makes the rows that are evaluated of the rows of the data.
    case rows(@Sendable ([DataSplit.Row]) throws -> [DataSplit.Row])
    /// `doc_to_text`, `doc_to_target`, `doc_to_choice`: a part of an item.
    case part(@Sendable (DataSplit.Row) throws -> JSONValue)
    /// `process_results`: what the metrics make of an item's answers, by the metrics' names.
    case scores(
      @Sendable (DataSplit.Row, [ItemAnswer]) throws -> OrderedDictionary<String, ItemScore>)
    /// `aggregation` of a metric: one number of the scores of all items.
    case aggregation(@Sendable ([ItemScore]) -> Double)
    /// `samples` of `fewshot_config`: solved examples.
    case samples([OrderedDictionary<String, JSONValue>])
  }

  /// Such as `hellaswag/utils.process_docs`.
  let name: String
  /// What it does, in a sentence without its end, for the list that users read.
  let summary: String
  let body: Body
}
