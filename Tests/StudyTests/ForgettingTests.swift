import Core
import OrderedCollections
import Study
import Testing

/// FG and its relatives against values computed by hand, and against the paper's tables.
@Suite struct ForgettingTests {
  private func report(_ csv: String, scale: ScoreScale? = nil) throws -> ForgettingReport {
    let table = try CSVTable(parsing: Array(csv.utf8), path: "s.csv")
    return ForgettingReport(try ScoreTable(csv: table, path: "s.csv", scale: scale))
  }

  private func error(_ csv: String) -> InputError? {
    #expect(throws: InputError.self) { try report(csv) }
  }

  private static let header = "run,stage,axis,task,score,chance\n"

  // MARK: Definition

  /// Two tasks, two stages.
  ///
  /// Task a: 80 → 60 → 40, drops 25 and 50 %, mean 37.5. Task b: 50 → 55 →
  /// 45, drops −10 and 10 %, mean 0. The axis: mean of 37.5 and 0, which the mean scores 65, 57.5,
  /// 42.5 do not give (they give 23.08).
  @Test func fgIsTheMeanOfStagesThenOfTasks() throws {
    let report = try report(
      Self.header + """
        m,0,ax,a,80,20
        m,1,ax,a,60,20
        m,2,ax,a,40,20
        m,0,ax,b,50,25
        m,1,ax,b,55,25
        m,2,ax,b,45,25
        """)
    #expect(report.scale == .percent)
    let a = report.tasks[0]
    #expect(a.fgPercent == 37.5)
    #expect(a.finalDropPercent == 50)
    #expect(abs(try #require(a.chanceCorrectedFGPercent) - 50) < 1e-12)
    #expect(a.bwtPoints == -40)
    #expect(a.chaudhryForgettingPoints == 40)
    #expect(a.stages.map(\.dropPercent) == [25, 50])
    #expect(a.stages.map(\.stepDropPercent) == [25, 25])
    let b = report.tasks[1]
    #expect(abs(try #require(b.fgPercent)) < 1e-12)
    #expect(b.finalDropPercent == 10)
    #expect(b.chaudhryForgettingPoints == 10)
    #expect(b.stages.map(\.dropPercent) == [-10, 10])
    let axis = report.axes[0]
    #expect(axis.task == "ax")
    #expect(axis.taskCount == 2)
    #expect(axis.initial == 65)
    #expect(axis.final == 42.5)
    #expect(abs(try #require(axis.fgPercent) - 18.75) < 1e-12)
    #expect(axis.finalDropPercent == 30)
    #expect(axis.bwtPoints == -22.5)
    #expect(axis.chaudhryForgettingPoints == 25)
    #expect(axis.stages.map(\.dropPercent) == [7.5, 30])
  }

  @Test func fractionsAndPercentagesGiveTheSameResult() throws {
    let percent = try report(Self.header + "m,0,x,a,80,20\nm,1,x,a,60,20")
    let fraction = try report(Self.header + "m,0,x,a,0.8,0.2\nm,1,x,a,0.6,0.2")
    #expect(fraction.scale == .fraction)
    let pairs = zip(values(percent.axes[0]), values(fraction.axes[0]))
    for (a, b) in pairs { #expect(abs(a - b) < 1e-12) }
  }

  private func values(_ result: Forgetting) -> [Double] {
    [
      result.fgPercent, result.finalDropPercent, result.chanceCorrectedFGPercent,
      result.bwtPoints, result.chaudhryForgettingPoints,
    ].map { $0 ?? .nan }
  }

  @Test func oneStageHasOneDrop() throws {
    let axis = try report("run,stage,axis,task,score\nm,1,x,a,30\nm,0,x,a,40").axes[0]
    #expect(axis.fgPercent == 25)
    #expect(axis.finalDropPercent == 25)
    #expect(axis.chanceCorrectedFGPercent == nil)
    #expect(axis.chance == nil)
    #expect(axis.stages.count == 1)
  }

  // MARK: Edges

  @Test func gainIsNegativeForgetting() throws {
    let axis = try report(Self.header + "m,0,x,a,0.4,\nm,1,x,a,0.5,\nm,2,x,a,0.6,").axes[0]
    #expect(abs(try #require(axis.fgPercent) + 37.5) < 1e-9)
    #expect(abs(try #require(axis.chaudhryForgettingPoints) + 10) < 1e-9)
  }

  @Test func baseScoreOfZeroHasNoRelativeDrop() throws {
    let report = try report(
      Self.header + "m,0,x,a,0,0.25\nm,1,x,a,0.1,0.25\nm,0,x,b,0.8,0.25\nm,1,x,b,0.4,0.25")
    let a = report.tasks[0]
    #expect(a.fgPercent == nil)
    #expect(a.finalDropPercent == nil)
    #expect(a.chanceCorrectedFGPercent == nil)
    #expect(abs(try #require(a.bwtPoints) - 10) < 1e-12)
    #expect(a.notes.contains("relative drops are not defined: the base's score is 0"))
    // The axis has no FG either, and says whose fault it is; the other task keeps its own.
    let axis = report.axes[0]
    #expect(axis.fgPercent == nil)
    #expect(axis.notes.contains("a: relative drops are not defined: the base's score is 0"))
    #expect(report.tasks[1].fgPercent == 50)
  }

  @Test func scoresAtOrBelowChanceAreMarked() throws {
    let report = try report(
      Self.header + "m,0,x,a,80,25\nm,1,x,a,30,25\nm,2,x,a,25,25\nm,3,x,a,20,25")
    let a = report.tasks[0]
    #expect(a.stages.map(\.isAtOrBelowChance) == [false, true, true].map(Optional.some))
    #expect(a.isInitialAtOrBelowChance == false)
    #expect(
      a.notes == [
        "at or below chance 25.00 after stage 2, 3: the score there shows no skill that could "
          + "still be lost"
      ])
    #expect(report.stageTable.rows[1][4].text == "68.8*")
  }

  @Test func baseAtChanceHasNoChanceCorrectedForgetting() throws {
    let a = try report(Self.header + "m,0,x,a,25,25\nm,1,x,a,20,25").tasks[0]
    #expect(a.isInitialAtOrBelowChance == true)
    #expect(a.fgPercent == 20)
    #expect(a.chanceCorrectedFGPercent == nil)
    #expect(a.notes.contains { $0.hasPrefix("chance-corrected FG is not defined") })
  }

  // MARK: Aggregates

  /// First and last scores of the paper's tables 4 and 6, and the final drops derived from them.
  static let paper: [(model: String, scores: [Double], drops: [String])] = [
    ("mT0-1.2b", [26.82, 22.47, 45.43, 40.22, 35.06, 29.54], ["16.2", "11.5", "15.7"]),
    ("mT0-3.7b", [30.99, 20.14, 48.61, 38.39, 41.10, 30.45], ["35.0", "21.0", "25.9"]),
    ("BLOOMZ-1.1b", [27.19, 23.84, 47.37, 41.97, 36.77, 27.28], ["12.3", "11.4", "25.8"]),
    ("BLOOMZ-1.7b", [28.72, 24.52, 48.30, 44.96, 42.65, 30.09], ["14.6", "6.9", "29.4"]),
    ("BLOOMZ-3b", [30.04, 24.29, 56.17, 47.03, 48.29, 31.38], ["19.1", "16.3", "35.0"]),
    ("BLOOMZ-7.1b", [33.08, 25.61, 59.15, 49.24, 48.79, 33.05], ["22.6", "16.8", "32.3"]),
    ("BLOOM-7.1b", [29.42, 24.83, 52.79, 47.76, 38.25, 31.55], ["15.6", "9.5", "17.5"]),
    ("LLAMA-7b", [37.27, 24.05, 58.73, 40.38, 41.36, 27.62], ["35.5", "31.2", "33.2"]),
    ("ALPACA-7b", [39.29, 29.88, 60.11, 53.68, 44.47, 37.61], ["24.0", "10.7", "15.4"]),
  ]

  @Test(arguments: [1, 5]) func finalDropsOfThePaperComeOutToThePrintedDigit(last: Int) throws {
    var csv = "run,stage,axis,task,score\n"
    for row in Self.paper {
      for (index, score) in row.scores.enumerated() {
        let axis = ["DK", "Rs", "RC"][index / 2]
        csv += "\(row.model),\(index.isMultiple(of: 2) ? 0 : last),\(axis),\(axis),\(score)\n"
      }
    }
    let report = try report(csv)
    #expect(report.tasks.isEmpty)
    for row in Self.paper {
      let drops = report.axes.filter { $0.run == row.model }.map {
        NumberText.fixed($0.finalDropPercent, decimals: 1)
      }
      #expect(drops == row.drops, "\(row.model)")
    }
    // FG needs every stage: first and last alone do not give it.
    #expect((report.axes[0].fgPercent == nil) == (last > 1))
    #expect(report.axes[0].notes.contains { $0.hasPrefix("FG is not defined") } == (last > 1))
  }

  @Test func aggregateServesOnlyWhereThereAreNoTasks() throws {
    let tasks = "m,0,x,a,80,\nm,1,x,a,40,\n"
    let both = try report(Self.header + tasks + "m,0,x,x,99,\nm,1,x,x,98,").axes[0]
    #expect(both.fgPercent == 50)
    #expect(both.notes == ["computed from the tasks; the axis's own scores are not used"])
    let alone = try report(Self.header + "m,0,x,x,90,\nm,1,x,x,45,")
    #expect(alone.axes[0].fgPercent == 50)
    #expect(alone.axes[0].notes.count == 1)
    #expect(alone.tasks.isEmpty)
  }

  // MARK: Errors

  struct Broken: Sendable, CustomTestStringConvertible {
    let csv: String
    let place: String?
    let message: String
    var testDescription: String { message }
  }

  @Test(arguments: [
    Broken(
      csv: "run,stage,axis,task\nm,0,x,a", place: "row 1",
      message: "no column 'score'; the header has 'run', 'stage', 'axis', 'task'"),
    Broken(csv: header, place: nil, message: "holds no scores"),
    Broken(
      csv: header + "m,0,x,a,high,\nm,1,x,a,1,", place: "row 2, column 5 ('score')",
      message: "'high' is not a number"),
    Broken(
      csv: header + "m,0,x,a,nan,\nm,1,x,a,1,", place: "row 2, column 5 ('score')",
      message: "'nan' is not a number"),
    Broken(
      csv: header + "m,-1,x,a,1,", place: "row 2, column 2 ('stage')",
      message: "'-1' is not a stage; expected an integer from 0 (the base) to 100000"),
    Broken(
      csv: header + "m,0,x,,1,", place: "row 2, column 4 ('task')", message: "is empty"),
    Broken(
      csv: header + "m,0,x,a,80,0.25\nm,1,x,a,60,0.25", place: "row 2",
      message: "0.25 is a fraction, but row 2 has 80.0: scores and chances must be on one scale, "
        + "0-1 or 0-100"),
    Broken(
      csv: header + "m,0,x,a,101,\nm,1,x,a,60,", place: "row 2",
      message: "score 101.0 is outside the scale 0-100"),
    Broken(
      csv: header + "m,0,x,a,8,\nm,1,x,a,6,\nm,1,x,a,7,", place: "row 4",
      message: "stage 1 of run 'm', axis 'x', task 'a' is given twice (first in row 3)"),
    Broken(
      csv: header + "m,1,x,a,8,\nm,2,x,a,6,", place: "run 'm', axis 'x', task 'a'",
      message: "stage 0, the base, is missing"),
    Broken(
      csv: header + "m,0,x,a,8,\nm,2,x,a,6,", place: "run 'm', axis 'x', task 'a'",
      message: "stage 1 is missing; the run's last stage is 2"),
    Broken(
      csv: header + "m,0,x,a,8,\nm,1,x,a,6,\nm,0,x,b,8,", place: "run 'm', axis 'x', task 'b'",
      message: "stage 1 is missing; the run's last stage is 1"),
    Broken(
      csv: header + "m,0,x,a,8,", place: "run 'm', axis 'x', task 'a'",
      message: "has only the base; expected at least one stage after it"),
    Broken(
      csv: header + "m,0,x,a,8,25\nm,1,x,a,6,50", place: "row 3",
      message: "chance 50.0 of task 'a' is 25.0 at stage 0"),
  ])
  func brokenScoresAreOneError(broken: Broken) {
    let error = error(broken.csv)
    #expect(error?.path == "s.csv")
    #expect(error?.place == broken.place)
    #expect(error?.message == broken.message)
  }

  @Test func scaleCanBeStated() throws {
    let axis = try report(Self.header + "m,0,x,a,0.5,\nm,1,x,a,2,", scale: .percent).axes[0]
    #expect(axis.bwtPoints == 1.5)
  }

  // MARK: Documents

  @Test func documentHasTheKeysThatScriptsRelyOn() throws {
    let json = try report(Self.header + "m,0,x,a,0,\nm,1,x,a,0.5,").json
    #expect(json["schema_version"] == 1)
    for name in ["axes", "tasks"] {
      let keys = try #require(json[name]?[0]?.object).keys
      for key in [
        "run", "axis", "task", "initial", "final", "fg_percent", "final_drop_percent",
        "chance_corrected_fg_percent", "bwt_points", "chaudhry_forgetting_points",
      ] {
        #expect(keys.contains(key))
      }
    }
    #expect(json["axes"]?[0]?["fg_percent"] == .null)
    #expect(json["axes"]?[0]?["bwt_points"] == 50.0)
  }

  @Test func tableHoldsTheSameKeysUnrounded() throws {
    let csv = try report(Self.header + "m,0,x,a,0.3,\nm,1,x,a,0.2,").table.csv()
    let lines = csv.split(separator: "\n")
    #expect(
      lines[0] == "run,axis,task,initial,final,fg_percent,final_drop_percent,"
        + "chance_corrected_fg_percent,bwt_points,chaudhry_forgetting_points")
    #expect(lines[1].hasPrefix("m,x,x,0.3,0.2,33.3333333333333"))
    #expect(lines[2].hasPrefix("m,x,a,0.3,0.2,33.3333333333333"))
  }
}
