using Kilometers.Contracts;

namespace Kilometers.Packager.Keys;

/// <summary>Keeps private keys out of repositories, where the next commit would publish them.</summary>
internal static class RepositoryGuard
{
    /// <exception cref="KmException"><c>KEY_STO_001</c>: the folder lies in a git repository.</exception>
    public static void Check(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
        {
            // A file in worktrees and submodules.
            if (!Path.Exists(Path.Combine(parent.FullName, ".git")))
                continue;
            throw new KmException(
                new KmError(
                    ErrorCode.SigningKeys,
                    "Private keys do not belong in a git repository",
                    $"{folder} lies in the one at {parent.FullName}: the next commit could publish the keys.",
                    "Choose another folder with --keys DIR or KM_KEYS. If it must be this one: --force"
                )
            );
        }
    }
}
