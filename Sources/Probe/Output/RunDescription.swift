public import Core
public import Foundation
public import OrderedCollections

/// What the results say about the model.
public struct ModelDescription: Sendable, Equatable {
  /// The model's name, which also names the folder of its results; often the checkpoint's path.
  public var name: String
  /// How the model was opened, as name and value; `pretrained` first.
  public var arguments: OrderedDictionary<String, JSONValue>
  /// How many parameters it has.
  public var parameterCount: Int?
  /// How its weights are stored, such as `BF16`.
  public var dtype: String?
  /// The hash of its decoded weights.
  public var contentHash: String?
  /// With which instructions and types it was computed.
  public var numerics: String?
  /// How many tokens it can read at once.
  public var contextLength: Int?

  /// Describes a model; what is not known is `nil`.
  public init(
    name: String, arguments: OrderedDictionary<String, JSONValue>? = nil,
    parameterCount: Int? = nil, dtype: String? = nil, contentHash: String? = nil,
    numerics: String? = nil, contextLength: Int? = nil
  ) {
    self.name = name
    self.arguments = arguments ?? ["pretrained": .string(name)]
    self.parameterCount = parameterCount
    self.dtype = dtype
    self.contentHash = contentHash
    self.numerics = numerics
    self.contextLength = contextLength
  }
}

/// What the results say about the run.
public struct RunDescription: Sendable, Equatable {
  /// The program's name, which stands where lm-eval names its backend.
  public var program: String
  /// The program's version.
  public var version: String
  /// When the run began.
  public var started: Date
  /// How long it took.
  public var seconds: Double
  /// The time zone of the time in the files' names.
  public var timeZone: TimeZone

  /// Describes a run.
  public init(
    program: String = "lethe", version: String, started: Date, seconds: Double,
    timeZone: TimeZone = .current
  ) {
    self.program = program
    self.version = version
    self.started = started
    self.seconds = seconds
    self.timeZone = timeZone
  }

  /// The end of the run, as lm-eval writes it into file names: `2026-01-31T09-05-00.123456`.
  var fileTime: String {
    let end = started.addingTimeInterval(seconds)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    let parts = calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second], from: end)
    let fraction = end.timeIntervalSince1970 - end.timeIntervalSince1970.rounded(.down)
    let date = [(parts.year, 4), (parts.month, 2), (parts.day, 2)].map(Self.padded)
    let time = [(parts.hour, 2), (parts.minute, 2), (parts.second, 2)].map(Self.padded)
    let micros = Self.padded(min(999_999, Int(fraction * 1_000_000)), 6)
    return "\(date.joined(separator: "-"))T\(time.joined(separator: "-")).\(micros)"
  }

  private static func padded(_ number: Int?, _ width: Int) -> String {
    let digits = String(number ?? 0)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
