import Core
import Testing

@Suite struct QuantityTextTests {
  @Test(arguments: [
    ("4096", 4096), ("4096B", 4096), ("0", 0), ("512MB", 512_000_000), ("512mb", 512_000_000),
    ("3GB", 3_000_000_000), ("3G", 3_000_000_000), ("2GiB", 2_147_483_648), ("2Gi", 2_147_483_648),
    ("1.5 kB", 1500), ("1.5KiB", 1536), ("2TiB", 2_199_023_255_552), ("0.0004kB", 0),
    ("0.29 kB", 290), ("1TB", 1_000_000_000_000),
  ])
  func sizes(text: String, count: Int) {
    #expect(QuantityText.byteCount(text) == count)
  }

  @Test(arguments: [
    "", "MB", "-1", "+1", "1e9", "3 GX", "3GBB", "1.GB", ".5GB", "1,000", "1..5", "٣GB", "0x10",
    "9223372036854775808", "9223372036855kTB", "10000000TB", " 1", "iB", "1i",
  ])
  func whatIsNoSize(text: String) {
    #expect(QuantityText.byteCount(text) == nil)
  }

  @Test func theLargestSize() {
    #expect(QuantityText.byteCount("9223372036854775807") == .max)
    #expect(QuantityText.byteCount("9223372036.854775807GB") == .max)
    #expect(QuantityText.byteCount("8388608TiB") == nil)
  }

  @Test(arguments: [
    ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1h0m5s", 3605), ("2h", 7200), ("45", 45),
    ("0.5s", 0.5), ("1.5h", 5400), ("2h30s", 7230), ("0", 0),
  ])
  func times(text: String, seconds: Double) {
    #expect(QuantityText.seconds(text) == seconds)
  }

  @Test(arguments: ["", "m", "30x", "30m1h", "1m1m", "1h30", "-5s", "5 s", "1.m", "1e3", "s5"])
  func whatIsNoTime(text: String) {
    #expect(QuantityText.seconds(text) == nil)
  }
}
