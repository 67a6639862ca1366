namespace Kilometers.Files;

/// <summary>What one file takes of the disk.</summary>
/// <param name="Status">What it is.</param>
/// <param name="Device">The file system.</param>
/// <param name="Number">The file's number in it.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Bytes">What it takes of the disk, whatever its size says.</param>
internal readonly record struct FileBlocks(FileStatus Status, ulong Device, ulong Number, uint Links, long Bytes);
