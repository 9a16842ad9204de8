/// One of the 57 subjects of MMLU, whose task files differ only in its name.
struct MMLUSubject {
  /// The field of knowledge that a subject belongs to.
  private enum Field: String {
    case stem, humanities
    case socialSciences = "social_sciences"
    case other
  }

  private let name: String
  private let field: Field

  /// The tasks whose answers are letters.
  static let letterFiles = all.map { subject in
    subject.file(
      task: "mmlu_\(subject.name)", alias: subject.name,
      tag: "mmlu_\(subject.field.rawValue)_tasks",
      template: "_letters.yaml", description: "multiple choice questions (with answers)")
  }

  /// The tasks whose answers are whole texts.
  static let answerFiles = all.map { subject in
    subject.file(
      task: "mmlu_\(subject.name)_continuation", alias: nil,
      tag: "mmlu_\(subject.field.rawValue)_continuation", template: "_answers.yaml",
      description: "questions (with answers)")
  }

  /// The tasks of the paper's protocol, which say nothing before the first question.
  static let paperFiles = all.map { subject in
    subject.file(
      task: "mmlu_\(subject.name)", alias: subject.name,
      tag: "mmlu_\(subject.field.rawValue)_tasks",
      template: "_answers.yaml", description: nil)
  }

  private func file(
    task: String, alias: String?, tag: String, template: String, description: String?
  ) -> (path: String, text: String) {
    let about = name.split(separator: "_").joined(separator: " ")
    var lines = ["include: \(template)", "task: \(task)", "tag: \(tag)", "dataset_name: \(name)"]
    if let alias { lines.append("task_alias: \(alias)") }
    if let description {
      lines.append(#"description: "The following are \#(description) about \#(about).\n\n""#)
    }
    return ("mmlu/\(task).yaml", lines.map { "\($0)\n" }.joined())
  }

  private static let all: [MMLUSubject] =
    subjects(
      .stem,
      "abstract_algebra anatomy astronomy college_biology college_chemistry "
        + "college_computer_science college_mathematics college_physics computer_security "
        + "conceptual_physics electrical_engineering elementary_mathematics high_school_biology "
        + "high_school_chemistry high_school_computer_science high_school_mathematics "
        + "high_school_physics high_school_statistics machine_learning")
    + subjects(
      .humanities,
      "formal_logic high_school_european_history high_school_us_history "
        + "high_school_world_history international_law jurisprudence logical_fallacies "
        + "moral_disputes moral_scenarios philosophy prehistory professional_law world_religions")
    + subjects(
      .socialSciences,
      "econometrics high_school_geography high_school_government_and_politics "
        + "high_school_macroeconomics high_school_microeconomics high_school_psychology "
        + "human_sexuality professional_psychology public_relations security_studies sociology "
        + "us_foreign_policy")
    + subjects(
      .other,
      "business_ethics clinical_knowledge college_medicine global_facts human_aging management "
        + "marketing medical_genetics miscellaneous nutrition professional_accounting "
        + "professional_medicine virology")

  private static func subjects(_ field: Field, _ names: String) -> [MMLUSubject] {
    names.split(separator: " ").map { MMLUSubject(name: String($0), field: field) }
  }
}
