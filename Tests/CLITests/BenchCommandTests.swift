import Core
import Foundation
import TestSupport
import Testing

/// `lethe bench` as a process.
@Suite struct BenchCommandTests {
  private static let models = [
    "fixtures/series/llama/base", "fixtures/series/llama-gguf/base-f32.gguf",
    "fixtures/series/t5/base",
  ]

  private static func document(_ arguments: [String]) throws -> JSONValue {
    let outcome = try LetheProcess.run(["bench"] + arguments + ["--format", "json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONValue(parsing: outcome.output)
  }

  @Test(arguments: models) func aModelIsMeasured(model: String) throws {
    let document = try Self.document([model, "--threads", "2"])
    #expect(document["schema_version"]?.int == 1)
    #expect(document["path"]?.string == model)
    #expect(document["threads"]?.int == 2)
    #expect(["f32", "bf16"].contains(document["numerics"]?.string))
    #expect(document["kernels"]?.string?.isEmpty == false)
    #expect(document["prefill_token_count"]?.int == 512)
    #expect(document["decode_token_count"]?.int == 32)
    #expect(try #require(document["prefill_tokens_per_second"]?.double) > 0)
    #expect(try #require(document["decode_tokens_per_second"]?.double) > 0)
    let gflops = try #require(document["gflops"]?.double)
    let peak = try #require(document["peak_gflops"]?.double)
    #expect(gflops > 0 && gflops < peak)
    #expect(document["share_of_peak"]?.double == gflops / peak)
    #expect(try #require(document["peak_memory_byte_count"]?.int) > 1_000_000)
  }

  @Test(arguments: ["f32", "bf16", "int8"]) func numericsAreThoseAskedFor(name: String) throws {
    let document = try Self.document([Self.models[0], "--numerics", name, "--memory", "8MB"])
    #expect(document["numerics"]?.string == name)
  }

  @Test func everyKernelIsMeasured() throws {
    let document = try Self.document([Self.models[0], "--kernels"])
    let measurements = try #require(document["measurements"]?.array)
    #expect(document["peaks"]?.array?.map { $0["numerics"]?.string } == ["f32", "bf16", "int8"])
    let products = measurements.filter { $0["operation"]?.string == "product" }
    #expect(Set(products.compactMap { $0["numerics"]?.string }) == ["f32", "bf16", "int8"])
    let rowCounts = Set(products.compactMap { $0["row_count"]?.int })
    #expect(rowCounts.isSuperset(of: [1, 64, 256, 512, 2048]))
    #expect(products.allSatisfy { ($0["gflops"]?.double ?? 0) > 0 })
    #expect(products.allSatisfy { ($0["share_of_peak"]?.double ?? 0) > 0 })
    for (operation, unit) in [
      ("pack_weights", "gigabytes_per_second"), ("pack_bf16_weights", "gigabytes_per_second"),
      ("pack_rows", "gigabytes_per_second"), ("attention", "gflops"),
      ("softmax", "gigaelements_per_second"), ("log_sum_exp", "gigaelements_per_second"),
    ] {
      let own = measurements.filter { $0["operation"]?.string == operation }
      #expect(!own.isEmpty && own.allSatisfy { ($0[unit]?.double ?? 0) > 0 }, "\(operation)")
    }
  }

  @Test func tablesNameTheirUnits() throws {
    let table = try LetheProcess.run("bench", Self.models[0])
    #expect(table.status == 0)
    for text in ["tokens/s", "GFLOP/s", "%", "GB"] {
      #expect(table.output.contains(text), "\(text)")
    }
    let csv = try LetheProcess.run("bench", Self.models[0], "--format", "csv")
    #expect(csv.output.hasPrefix("measure,value,unit\nprefill_tokens_per_second,"))
  }

  @Test func whatCannotBeRunEndsWith2() throws {
    let outcome = try LetheProcess.run("bench", "nowhere.gguf")
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("error: nowhere.gguf: "))
    #expect(try LetheProcess.run("bench").status == 64)
  }
}
