import Foundation
import Study
import TestSupport
import Testing

/// The page as a browser shows it, where there is one.
struct ReportInBrowserTests {
  private static let hasBrowser =
    ["chromium", "chromium-browser", "google-chrome"].contains { name in
      ["/usr/bin", "/usr/local/bin"].contains { folder in
        FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)")
      }
    }

  @Test(.enabled(if: hasBrowser, "no Chromium on this machine"))
  func `the page shows all it has on a desk and on a phone`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).html")
    defer { try? FileManager.default.removeItem(at: file) }
    try ManySeriesStudy.result().htmlReport().write(to: file, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(
        path: "Scripts/check-report")
    process.arguments = [file.path(percentEncoded: false)]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
    #expect(text.contains("phone, 390 px: "))
  }
}
