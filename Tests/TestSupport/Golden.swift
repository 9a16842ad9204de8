public import Core
import Foundation

/// Values that an independent program computed, stored under `fixtures/golden/`.
public enum Golden {
  /// Reads one file of them.
  ///
  /// - Parameter name: The file's name without its folder, such as `tokenizer.json`.
  /// - Returns: The document.
  /// - Throws: An error if the file is missing or is not JSON.
  public static func document(_ name: String) throws -> JSONValue {
    let url = URL(filePath: Fixtures.path("golden/\(name)"))
    return try JSONValue(parsing: Array(Data(contentsOf: url)))
  }
}

extension JSONValue {
  /// The elements of an array of integers, or nothing if the value is not one.
  public var integers: [Int] { array?.compactMap(\.int) ?? [] }

  /// The elements of an array of numbers, or nothing if the value is not one.
  public var numbers: [Double] { array?.compactMap(\.double) ?? [] }
}
