import ArgumentParser

/// Where the process starts: runs the command and turns its outcome into an exit code.
@main
enum Main {
  static func main() {
    do {
      var command = try Lethe.parseAsRoot()
      try command.run()
    } catch {
      finish(error)
    }
  }

  /// Ends the process: 0 for help, 64 for bad usage, the asked-for code, or 2 with the error's text.
  private static func finish(_ error: any Error) -> Never {
    let code = Lethe.exitCode(for: error)
    let isUsage = code == .success || code == .validationFailure
    if isUsage || error is ExitCode { Lethe.exit(withError: error) }
    Terminal.say("error: \(error)\n")
    Lethe.exit(withError: ExitCode(2))
  }
}
