/// The shortest ends of paths that tell them apart, such as `stage-2` for `runs/a/stage-2`.
public func shortNames(ofPaths paths: [String]) -> [String] {
  let parts = paths.map { $0.split(separator: "/").map(String.init) }
  let longest = parts.map(\.count).max() ?? 0
  for count in 1..<max(2, longest) {
    let names = parts.map { $0.suffix(count).joined(separator: "/") }
    if Set(names).count == names.count { return names }
  }
  return paths
}
