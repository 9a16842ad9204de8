// swift-tools-version: 6.2
import PackageDescription

/// One libFuzzer program for each parser that reads files of strangers.
///
/// `Fuzz/run` builds them with the sanitizers' flags; libFuzzer brings the main function.
let parsers = ["GGUF", "Safetensors", "Index", "JSON", "Pickle", "Zip", "AdapterConfig"]

let package = Package(
  name: "LetheFuzz",
  dependencies: [.package(name: "lethe", path: "..")],
  targets: [
    .target(
      name: "FuzzSupport", dependencies: [.product(name: "Formats", package: "lethe")],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ]
    + parsers.map { parser in
      .executableTarget(
        name: "Fuzz\(parser)",
        dependencies: ["FuzzSupport", .product(name: "Formats", package: "lethe")],
        swiftSettings: [.treatAllWarnings(as: .error)])
    },
  swiftLanguageModes: [.v6]
)
