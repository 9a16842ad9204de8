/// Where one model's answers are kept: what is known is not asked for again.
public protocol AnswerStore: Sendable {
  /// The answers that are known; `nil` for the others.
  ///
  /// - Parameter requests: What is asked.
  /// - Returns: One for each request, in their order.
  /// - Throws: `InputError` if the store cannot be read.
  func answers(to requests: [ItemRequest]) throws -> [ItemAnswer?]

  /// Keeps answers, all of them or none.
  ///
  /// - Parameter answers: The answers with what they are to.
  /// - Throws: `InputError` if the store cannot be written.
  func keep(_ answers: [(request: ItemRequest, answer: ItemAnswer)]) throws
}
