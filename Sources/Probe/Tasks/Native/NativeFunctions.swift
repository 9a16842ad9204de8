/// The functions that task files may name with `!function`.
enum NativeFunctions {
  /// All of them, sorted by name.
  static let all: [NativeFunction] = [
    CrowSPairsFunctions.all, HellaSwagFunctions.all, MathQAFunctions.all, MuTualFunctions.all,
    OwnTaskFunctions.all, RACEFunctions.all, TargetTaskFunctions.all, TargetTaskScores.all,
    TruthfulQAFunctions.all, WikitextFunctions.all, WinograndeFunctions.all,
  ].flatMap(\.self).sorted { $0.name < $1.name }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The function of a name such as `hellaswag/utils.process_docs`.
  static func named(_ name: String) -> NativeFunction? { byName[name] }
}
