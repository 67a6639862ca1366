namespace Kilometers.Transcripts.Importing;

/// <summary>A file is not an export that can be read.</summary>
/// <param name="what">What is wrong and where, without a full stop.</param>
internal sealed class ImportException(string what) : Exception(what);
