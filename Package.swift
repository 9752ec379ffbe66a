// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: Swift 6 language mode, warnings are errors, explicit imports and existentials.
let swiftSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let nio = ["NIOCore", "NIOHTTP1", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
  name: "supertile",
  products: [
    .executable(name: "supertile", targets: ["supertile"]),
    .executable(name: "supertiled", targets: ["supertiled"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // C: the system libraries and the one C target of our own.
    .systemLibrary(name: "CGDAL", providers: [.apt(["libgdal-dev"])]),
    .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),

    // Values: no I/O, no C.
    module("Geometry"),
    module("Raster", ["Geometry"]),
    module("Product", ["Geometry"]),

    // Adapters: the only importers of C modules.
    module("GDALAdapter", ["CGDAL", "Geometry"]),
    module("Kernels", ["CKernels", "COpenBLAS"]),
    module("Storage", [crypto]),
    module("Workers"),

    // Stages, in the order of the data flow.
    module("Intake", ["Product", "Geometry", "GDALAdapter", "Storage"]),
    module("Grouping", ["Product", "Geometry"]),
    module("Stacking", ["Product", "Geometry", "Raster", "GDALAdapter", "Storage", "Workers"]),
    module("Networks", ["Raster", "Geometry", "Kernels", "Storage"]),
    module(
      "SuperResolution", ["Networks", "Raster", "Geometry", "Kernels", "Stacking", "Workers", "Storage", "Product"]),
    module("Writing", ["Geometry", "Raster", "GDALAdapter", "Storage"]),
    module(
      "Buildings",
      [
        "Networks", "SuperResolution", "Writing", "Product", "Geometry", "Raster", "GDALAdapter", "Storage",
        "Workers",
      ]),
    module("Publishing", ["Writing", "Geometry", "Product", "GDALAdapter", "Storage"]),

    module(
      "Evaluation",
      ["Geometry", "Raster", "GDALAdapter", "Storage", "Stacking", "Networks", "SuperResolution"]),

    // Beside the pipeline: the simulator that makes products, and the pipeline itself.
    module("Simulation", ["Product", "Geometry", "Raster", "GDALAdapter", "Storage", "Workers"]),
    module(
      "Pipeline",
      [
        "Intake", "Grouping", "Stacking", "Networks", "SuperResolution", "Writing", "Buildings", "Publishing",
        "Product", "Geometry", "Raster", "GDALAdapter", "Storage", "Workers", yams,
      ]),
    module(
      "Benchmarking",
      [
        "Pipeline", "Simulation", "Writing", "Publishing", "Networks", "Kernels", "Stacking", "Grouping", "Product",
        "Geometry",
        "Raster", "GDALAdapter", "Storage", "Workers",
      ]),

    // The daemon: around the pipeline, which knows nothing of it.
    module("SystemdAdapter", ["Product", "CSystemd", logging]),
    module("Watching", ["CInotifyTools", "Storage"]),
    module("Settings", ["Pipeline", "Storage"]),
    module("Ledger", ["Storage", grdb]),
    module("Control", nio),
    module(
      "Work",
      [
        "Pipeline", "Intake", "Grouping", "Stacking", "Networks", "Writing", "Buildings", "Publishing",
        "Product", "Geometry", "GDALAdapter", "Storage", "Watching", "Workers",
      ]),
    module(
      "Supervision",
      [
        "Work", "Control", "Ledger", "Settings", "Watching", "Pipeline", "Intake", "Grouping", "Networks",
        "Publishing", "Product", "Geometry", "Storage", "Workers", logging,
      ]),
    .executableTarget(
      name: "supertiled",
      dependencies: [
        "Supervision", "Work", "Control", "Ledger", "Settings", "Watching", "SystemdAdapter", "Pipeline", "Networks",
        "Storage", argumentParser, logging,
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "supertile",
      dependencies: [
        "Benchmarking", "Control", "Settings",
        "Pipeline", "Intake", "Grouping", "Stacking", "Networks", "SuperResolution", "Writing", "Buildings",
        "Publishing", "Simulation", "Evaluation", "Product", "Geometry", "Storage", "Workers",
        argumentParser,
      ],
      swiftSettings: swiftSettings),

    // Tests.
    .target(
      name: "TestSupport", dependencies: ["Geometry", "Raster", "Stacking", "Writing", "Storage", "GDALAdapter"],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    tests("KernelTests", ["Kernels", "TestSupport"]),
    tests("NetworkTests", ["Networks", "Kernels", "Raster", "Geometry", "Storage", "TestSupport"]),
    tests(
      "BuildingTests",
      [
        "Buildings", "Writing", "SuperResolution", "GDALAdapter", "Geometry", "Raster", "Storage", "Networks",
        "Workers", "TestSupport",
      ]),
    tests(
      "StackingTests",
      ["Stacking", "Product", "GDALAdapter", "Raster", "Geometry", "Storage", "Workers", "TestSupport"]),
    tests("GroupingTests", ["Grouping", "Product", "Geometry"]),
    tests(
      "SuperResolutionTests",
      ["SuperResolution", "Networks", "Product", "Stacking", "Raster", "Geometry", "Storage", "Workers", "TestSupport"]),
    tests(
      "SimulationTests", ["Simulation", "Product", "Geometry", "Raster", "GDALAdapter", "Storage", "Workers"]),
    tests(
      "EvaluationTests",
      [
        "supertile", "Evaluation", "SuperResolution", "Stacking", "GDALAdapter", "Raster", "Geometry", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "PipelineTests",
      [
        "supertile",
        "Pipeline", "Simulation", "Writing", "Publishing", "Networks", "GDALAdapter", "Product", "Geometry", "Grouping",
        "Stacking", "SuperResolution", "Raster", "Workers", "Buildings", "Storage", "TestSupport",
      ]),
    tests("SystemLibraryTests", ["CInotifyTools", "CSystemd"]),
    tests("StorageTests", ["Storage", "TestSupport"]),
    tests("ControlTests", ["Control", "Workers", "TestSupport"]),
    tests(
      "FuzzTests", ["Control", "Intake", "Simulation", "Product", "Geometry", "TestSupport"],
      resources: [.copy("Corpus")]),
    tests(
      "DaemonTests",
      [
        "supertiled", "supertile", "Control", "Simulation", "Publishing", "Product", "Ledger", "Geometry", "Storage",
        "TestSupport", grdb,
      ]),
    tests("WorkTests", ["Work", "TestSupport"]),
    tests("SettingsTests", ["Grouping", "Settings", "Pipeline", "SuperResolution", "TestSupport"]),
    tests("WatchingTests", ["Watching", "Storage", "TestSupport"]),
    tests("LedgerTests", ["Ledger", "TestSupport", grdb]),
    tests(
      "SupervisionTests",
      [
        "Supervision", "Work", "Buildings", "Ledger", "Settings", "Watching", "Writing", "Publishing",
        "GDALAdapter", "Storage", "Stacking", logging,
      ]),
    tests("BenchmarkingTests", ["Benchmarking", "Networks", "Geometry", "Raster", "Workers", "TestSupport"]),
    tests("WorkerTests", ["Workers"]),
    tests("ValueTests", ["Geometry", "Raster", "Product"]),
    tests("WritingTests", ["Writing", "Geometry", "GDALAdapter", "Storage", "TestSupport"]),
    tests(
      "PublishingTests", ["Writing", "Publishing", "Product", "Geometry", "GDALAdapter", "Storage", "TestSupport"],
      resources: [.copy("Fixtures")]),
    tests("IntakeTests", ["Intake", "Product", "Geometry", "GDALAdapter", "Storage"]),
  ],
  swiftLanguageModes: [.v6]
)
