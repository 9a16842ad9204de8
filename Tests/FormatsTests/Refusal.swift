import Core
import TestSupport
import Testing

@testable import Formats

/// What is expected of a file that must not open.
struct Refusal: Sendable, CustomTestStringConvertible {
  var title: String
  var bytes: [UInt8]
  var problem: CheckpointError.Problem
  var tensor: String?
  var offset: Int?

  init(
    _ title: String, _ bytes: [UInt8], _ problem: CheckpointError.Problem, tensor: String? = nil,
    at offset: Int? = nil
  ) {
    self.title = title
    self.bytes = bytes
    self.problem = problem
    self.tensor = tensor
    self.offset = offset
  }

  var testDescription: String { title }

  /// Opens the file and compares the error with the expected one.
  func check(fileName: String, _ location: SourceLocation = #_sourceLocation) throws {
    let expected = CheckpointError(problem, path: fileName, tensor: tensor, offset: offset)
    #expect(throws: expected, sourceLocation: location) { try open(bytes, as: fileName) }
  }
}

/// Opens bytes as a checkpoint, without a file.
func open(_ bytes: [UInt8], as fileName: String) throws -> Checkpoint {
  let file = MappedFile(path: fileName, contents: bytes)
  return try Checkpoint(path: fileName, try CheckpointLocation(file: file))
}
