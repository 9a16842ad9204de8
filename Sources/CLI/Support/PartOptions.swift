import ArgumentParser
import Core
import Formats

/// The options that say which part of a model is meant.
struct PartOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only these layers, such as 0,2-3, or 'encoder 1,decoder 0-2' where there are two stacks",
      valueName: "layers"))
  var layers: String?

  @Option(
    help: ArgumentHelp(
      "Only these components, such as attn_q,ffn_*", valueName: "components"))
  var components: String?

  func validate() throws {
    if let layers, LayerList(layers) == nil {
      throw ValidationError(
        "'--layers \(layers)' is not a list such as 0,2-3 or 'encoder 1,decoder 0-2'")
    }
    if let components, components.commaSeparated.isEmpty {
      throw ValidationError("'--components' names none")
    }
  }

  /// The part of a model that the options name.
  ///
  /// - Throws: `InputError` for a layer or a component that the model does not have.
  func part(of pair: BlendPair) throws(InputError) -> ModelPart {
    ModelPart(places: try places(of: pair), components: try chosen(of: pair))
  }

  private func places(of pair: BlendPair) throws(InputError) -> Set<ModelPart.Place>? {
    guard let list = layers.flatMap(LayerList.init) else { return nil }
    let known = pair.places.filter { $0 != .outside }
    let stacks = Set(known.compactMap(\.stack))
    var chosen: Set<ModelPart.Place> = []
    for (stack, numbers) in list.ranges {
      guard let stack = stack ?? (stacks.count == 1 ? stacks.first : nil) else {
        throw InputError(
          place: "--layers", "'\(numbers.lowerBound)' says no stack",
          hint: "write 'encoder \(numbers.lowerBound)' or 'decoder \(numbers.lowerBound)'")
      }
      for number in numbers {
        let place = ModelPart.Place.layer(stack, number)
        guard known.contains(place) else {
          throw InputError(
            path: pair.tuned.path, place: "--layers",
            "there is no \(stacks == [stack] ? "" : "\(stack.rawValue) ")layer \(number); there are "
              + Self.words(known, stacks))
        }
        chosen.insert(place)
      }
    }
    return chosen
  }

  /// The layers that there are, stack by stack.
  private static func words(
    _ known: [ModelPart.Place], _ stacks: Set<Role.Stack>
  ) -> String {
    stacks.sorted().map { stack in
      let numbers = known.filter { $0.stack == stack }.compactMap(\.number)
      return (stacks.count > 1 ? "\(stack.rawValue) " : "")
        + "\(numbers.min() ?? 0) to \(numbers.max() ?? 0)"
    }.joined(separator: ", ")
  }

  private func chosen(of pair: BlendPair) throws(InputError) -> Set<Role.Component>? {
    guard let components else { return nil }
    var chosen: Set<Role.Component> = []
    for pattern in components.commaSeparated {
      let glob = Glob(pattern: pattern)
      let found = pair.components.filter { glob.matches($0.rawValue) }
      guard !found.isEmpty else {
        throw InputError(
          path: pair.tuned.path, place: "--components",
          "there is no component '\(pattern)'; there are "
            + pair.components.map(\.rawValue).joined(separator: ", "))
      }
      chosen.formUnion(found)
    }
    return chosen
  }
}

/// A list of layers as it is typed.
struct LayerList {
  /// For each item the stack that it names, and the numbers.
  let ranges: [(stack: Role.Stack?, numbers: ClosedRange<Int>)]

  /// Reads a list such as `0,2-3` or `encoder 1,decoder 0-2`; `nil` for anything else.
  init?(_ text: String) {
    var ranges: [(stack: Role.Stack?, numbers: ClosedRange<Int>)] = []
    for item in text.commaSeparated {
      let words = item.split(whereSeparator: \.isWhitespace)
      guard (1...2).contains(words.count), let last = words.last,
        let numbers = Self.numbers(last)
      else { return nil }
      var stack: Role.Stack?
      if words.count == 2 {
        guard let named = Role.Stack(rawValue: String(words[0])) else { return nil }
        stack = named
      }
      ranges.append((stack, numbers))
    }
    guard !ranges.isEmpty else { return nil }
    self.ranges = ranges
  }

  private static func numbers(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      part.allSatisfy(\.isWholeNumber) ? Int(part) : nil
    }
    guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
      first <= last, last - first < 1 << 16
    else { return nil }
    return first...last
  }
}

extension ModelPart.Place {
  /// The stack of a layer; `nil` outside of layers.
  fileprivate var stack: Role.Stack? { if case .layer(let stack, _) = self { stack } else { nil } }

  /// The number of a layer; `nil` outside of layers.
  fileprivate var number: Int? { if case .layer(_, let number) = self { number } else { nil } }
}
