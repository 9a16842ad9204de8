// swift-tools-version: 6.2
import PackageDescription

/// The libraries that a stranger can depend on; the remaining modules serve these.
let libraries = ["Formats", "Diff", "Inference", "Probe", "Study"]

let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")

let package = Package(
  name: "lethe",
  platforms: [.macOS(.v26)],
  products: libraries.map { .library(name: $0, targets: [$0]) }
    + [.executable(name: "lethe", targets: ["CLI"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),

    .target(name: "CKernels"),
    .target(name: "Core", dependencies: ["CKernels", "CXXHash", "CZlib", "CZstd", collections]),
    .target(name: "Formats", dependencies: ["Core", "CKernels", collections]),
    .target(name: "Diff", dependencies: ["Formats", "Core", "CKernels", collections]),
    .target(name: "Templates", dependencies: ["Core", collections]),
    .target(name: "Statistics", dependencies: ["Core"]),
    .target(
      name: "Inference",
      dependencies: ["Formats", "Templates", "Core", "CKernels", collections, heap]),
    .target(
      name: "Probe",
      dependencies: [
        "Formats", "Inference", "Statistics", "Templates", "Core", yams, crypto, grdb,
        collections,
      ],
      resources: [
        .embedInCode("Tasks/Shipped/harness.yaml"), .embedInCode("Tasks/Shipped/paper.yaml"),
      ]),
    .target(
      name: "Study",
      dependencies: [
        "Diff", "Probe", "Statistics", "Inference", "Formats", "Core", yams, mustache, collections,
      ]),
    .executableTarget(
      name: "CLI",
      dependencies: [
        "Study", "Probe", "Inference", "Diff", "Formats", "Statistics", "Core", argumentParser,
        collections,
      ]),

    .target(
      name: "TestSupport", dependencies: ["Core", "Formats", collections],
      path: "Tests/TestSupport"),
  ]
    + ["Core", "Formats", "Diff", "Templates", "Statistics", "Inference", "Probe", "Study", "CLI"]
    .map { module in
      .testTarget(
        name: "\(module)Tests",
        dependencies: [
          "TestSupport", "Core", "CKernels", "Formats", "Diff", "Templates", "Statistics",
          "Inference", "Probe", "Study", crypto, collections,
        ] + (module == "CLI" ? ["CLI"] : []))
    },
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && target.name != "CKernels" {
  target.swiftSettings =
    (target.swiftSettings ?? []) + [
      .enableUpcomingFeature("ExistentialAny"),
      .enableUpcomingFeature("InternalImportsByDefault"),
      .enableUpcomingFeature("MemberImportVisibility"),
      .treatAllWarnings(as: .error),
    ]
  if target.type != .test { target.swiftSettings?.append(.strictMemorySafety()) }
}
