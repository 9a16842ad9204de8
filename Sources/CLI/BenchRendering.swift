import Core
import Inference
import OrderedCollections

/// What a benchmark measured, for people and for programs.
struct BenchRendering {
  private let benchmark: ModelBenchmark

  init(_ benchmark: ModelBenchmark) { self.benchmark = benchmark }

  private var machine: String {
    "\(benchmark.kernels), \(benchmark.threadCount) threads"
  }

  private func document(_ members: OrderedDictionary<String, JSONValue>) -> String {
    var document: OrderedDictionary<String, JSONValue> = [
      "schema_version": 1, "path": .string(benchmark.path),
      "kernels": .string(benchmark.kernels), "threads": .integer(benchmark.threadCount),
    ]
    document.merge(members) { _, new in new }
    return JSONValue.object(document).serialized(.pretty) + "\n"
  }

  private func text(of table: TextTable, _ format: CommonOptions.Format) -> String {
    switch format {
    case .csv: table.csv()
    case .markdown: table.markdown()
    case .table, .json: table.aligned()
    }
  }

  // MARK: - The model

  /// How fast the model ran.
  func text(_ speed: ModelSpeed, _ format: CommonOptions.Format) -> String {
    let memory = peakMemoryByteCount()
    guard format != .json else {
      return document([
        "numerics": .string(benchmark.numerics),
        "prefill_token_count": .integer(speed.prefillTokenCount),
        "decode_token_count": .integer(speed.decodeTokenCount),
        "run_count": .integer(speed.runCount),
        "prefill_tokens_per_second": .number(speed.prefillTokensPerSecond),
        "decode_tokens_per_second": .number(speed.decodeTokensPerSecond),
        "gflops": .number(speed.gflops), "peak_gflops": .number(speed.peakGflops),
        "share_of_peak": .number(speed.shareOfPeak),
        "peak_memory_byte_count": memory.map(JSONValue.integer) ?? .null,
      ])
    }
    func row(
      _ name: String, _ key: String, _ value: TextTable.Cell, _ unit: TextTable.Cell
    ) -> [TextTable.Cell] {
      [.init(name, raw: key), value, unit]
    }
    let bytes = TextTable.Cell(
      memory.map { NumberText.significant(Double($0) / 1e9, digits: 3) } ?? NumberText.missing,
      raw: memory.map { "\($0)" } ?? "")
    return text(
      of: TextTable(
        title: "\(benchmark.path): \(benchmark.numerics), \(machine)",
        columns: [
          .words("measure", key: "measure"), .numbers("value", key: "value"),
          .words("unit", key: "unit"),
        ],
        rows: [
          row(
            "prefill of \(speed.prefillTokenCount)", "prefill_tokens_per_second",
            .significant(speed.prefillTokensPerSecond), "tokens/s"),
          row(
            "decode of \(speed.decodeTokenCount)", "decode_tokens_per_second",
            .significant(speed.decodeTokensPerSecond), "tokens/s"),
          row("operations", "gflops", .significant(speed.gflops), "GFLOP/s"),
          row("machine's peak", "peak_gflops", .significant(speed.peakGflops), "GFLOP/s"),
          row("share of peak", "share_of_peak", .percent(speed.shareOfPeak), .init("%", raw: "")),
          row("peak memory", "peak_memory_byte_count", bytes, .init("GB", raw: "bytes")),
        ]), format)
  }

  // MARK: - Kernels

  /// How fast the kernels ran.
  func text(_ speeds: KernelSpeeds, _ format: CommonOptions.Format) -> String {
    guard format != .json else {
      return document([
        "peaks": .array(
          speeds.peaks.map {
            ["numerics": .string($0.numerics), "gflops": .number($0.gflops)]
          }),
        "measurements": .array(speeds.measurements.map(Self.document)),
      ])
    }
    let peaks = speeds.peaks.map {
      "\($0.numerics) \(NumberText.significant($0.gflops, digits: 3))"
    }.joined(separator: ", ")
    return text(
      of: TextTable(
        title: "\(machine); peak GFLOP/s: \(peaks)",
        columns: [
          .words("kernel", key: "operation"), .words("numerics", key: "numerics"),
          .numbers("rows", key: "row_count"), .numbers("outputs", key: "output_count"),
          .numbers("inputs", key: "input_count"), .numbers("rate", key: "rate"),
          .words("unit", key: "unit"), .numbers("share of peak (%)", key: "share_of_peak"),
        ],
        rows: speeds.measurements.map(Self.row)), format)
  }

  private static func row(_ measurement: KernelMeasurement) -> [TextTable.Cell] {
    [
      .init(measurement.operation.title, raw: measurement.operation.rawValue),
      .init(measurement.numerics), .count(measurement.rowCount), .count(measurement.outputCount),
      .count(measurement.inputCount), .significant(measurement.rate, digits: 3),
      .init(measurement.unit.title, raw: measurement.unit.rawValue),
      .percent(measurement.shareOfPeak),
    ]
  }

  private static func document(_ measurement: KernelMeasurement) -> JSONValue {
    func integer(_ value: Int?) -> JSONValue { value.map(JSONValue.integer) ?? .null }
    var document: OrderedDictionary<String, JSONValue> = [
      "operation": .string(measurement.operation.rawValue),
      "numerics": .string(measurement.numerics), "row_count": integer(measurement.rowCount),
      "output_count": integer(measurement.outputCount),
      "input_count": .integer(measurement.inputCount),
    ]
    for unit in KernelMeasurement.Unit.allCases {
      document[unit.rawValue] = unit == measurement.unit ? .number(measurement.rate) : .null
    }
    document["share_of_peak"] = measurement.shareOfPeak.map { .number($0) } ?? .null
    return .object(document)
  }
}

extension KernelMeasurement.Operation {
  /// What a person reads.
  fileprivate var title: String {
    switch self {
    case .product: "product"
    case .packWeights: "pack weights of f32"
    case .packHalves: "pack weights of bf16"
    case .packRows: "pack rows"
    case .attention: "attention"
    case .softmax: "softmax"
    case .logSumExp: "log-sum-exp"
    }
  }
}

extension KernelMeasurement.Unit {
  /// What a person reads.
  fileprivate var title: String {
    switch self {
    case .gflops: "GFLOP/s"
    case .gigabytesPerSecond: "GB/s"
    case .gigaelementsPerSecond: "G elements/s"
    }
  }
}
