import ArgumentParser
import Core
import OrderedCollections
import Probe

/// `lethe tasks`: the known tasks, and what they send.
struct TasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "List the known tasks, and show what they send",
    discussion: """
      Tasks are those of the program and lm-evaluation-harness YAML files in folders.
      Example: lethe tasks requests hellaswag --data ./data --item 0
      """,
    subcommands: [
      TasksListCommand.self, TasksShowCommand.self, TasksCheckCommand.self,
      TasksRequestsCommand.self,
    ],
    defaultSubcommand: TasksListCommand.self)
}
