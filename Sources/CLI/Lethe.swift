import ArgumentParser

/// The root command: names the others and does nothing itself.
struct Lethe: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "lethe",
    abstract: "Say what each fine-tuning stage changed in the weights and what it cost in ability",
    discussion: """
      Exit codes: 0 done; 1 a condition asked for with --exit-code was met; 2 it could not be done; \
      64 bad usage.
      """,
    version: version,
    subcommands: [
      InspectCommand.self, DumpCommand.self, DiffCommand.self, DriftCommand.self,
      TokenizeCommand.self, ScoreCommand.self, GenerateCommand.self, ProbeCommand.self,
      TasksCommand.self, CompareCommand.self, BenchCommand.self, StudyCommand.self,
      ForgettingCommand.self, RestoreCommand.self, LedgerCommand.self, CacheCommand.self,
    ])
}
