extension ResultLedger {
  /// The tables of a new ledger.
  ///
  /// A log-likelihood has no type so that SQLite keeps its eight bytes as they are: of a REAL it would
  /// store -0.0 as 0. Texts that models make are bytes, since they may hold a zero.
  static let schema = """
    CREATE TABLE model (
      id INTEGER PRIMARY KEY,
      checkpoint TEXT NOT NULL,
      tokenizer TEXT NOT NULL,
      numerics TEXT NOT NULL,
      context_length INTEGER NOT NULL,
      encoding TEXT NOT NULL,
      settings TEXT NOT NULL,
      engine_revision INTEGER NOT NULL,
      path TEXT NOT NULL,
      UNIQUE (
        checkpoint, tokenizer, numerics, context_length, encoding, settings, engine_revision)
    ) STRICT;
    CREATE TABLE answer (
      model INTEGER NOT NULL REFERENCES model(id) ON DELETE CASCADE,
      request BLOB NOT NULL,
      log_likelihood ANY,
      is_greedy INTEGER,
      text BLOB,
      token_count INTEGER NOT NULL,
      dropped_token_count INTEGER NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (model, request)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE item (
      model INTEGER NOT NULL REFERENCES model(id) ON DELETE CASCADE,
      task TEXT NOT NULL,
      task_hash TEXT NOT NULL,
      number INTEGER NOT NULL,
      prompt_hash TEXT NOT NULL,
      document_hash TEXT NOT NULL,
      target_hash TEXT NOT NULL,
      metrics TEXT NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (model, task, task_hash, number, prompt_hash)
    ) STRICT, WITHOUT ROWID;
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(schemaVersion);
    """
}
