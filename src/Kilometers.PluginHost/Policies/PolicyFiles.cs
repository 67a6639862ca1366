using Kilometers.Contracts;
using Kilometers.Files;
using Kilometers.PluginHost.Installation;

namespace Kilometers.PluginHost.Policies;

/// <summary>
/// Finds and reads the policies. No variable or option names another place for the administrator's: that would be the way around it.
/// Where there are none, this costs one question to the file system each: it stands before the start of every session's server.
/// </summary>
internal static class PolicyFiles
{
    public static PluginPolicy Read(PluginPaths paths)
    {
        var documents = new List<PolicyDocument>();
        var problems = new List<KmError>();
        KmError? refusal = null;
        if (paths.SystemPolicy is { } system)
            refusal = Add(system, PolicyAuthor.Administrator);

        // Nothing is read from a directory that somebody else could change; nor do plugins run then.
        if (paths.HomeProblem is null)
            Add(paths.Policy, PolicyAuthor.User);
        return documents.Count == 0 && problems.Count == 0
            ? PluginPolicy.None
            : new PluginPolicy
            {
                Documents = documents,
                Problems = problems,
                Refusal = refusal,
            };

        KmError? Add(string path, PolicyAuthor author)
        {
            if (FileKind.IsMissing(path))
                return null;
            try
            {
                documents.Add(Read(path, author));
                return null;
            }
            catch (KmException e)
            {
                problems.Add(e.Error);
                return e.Error;
            }
        }
    }

    /// <summary>Reads one file that is there.</summary>
    /// <exception cref="KmException"><c>CFG_POL_001</c> or <c>CFG_POL_002</c>: it cannot be used.</exception>
    private static PolicyDocument Read(string path, PolicyAuthor author)
    {
        try
        {
            // The directory first: what others may put there is not worth a look.
            foreach (var place in new[] { Path.GetDirectoryName(path)!, path })
            {
                var why = PrivateFile.WhyUnsafe(place)
                    ?? (
                        author == PolicyAuthor.Administrator && PrivateFile.OwnerOf(place) is not (null or 0)
                            ? "It does not belong to root."
                            : null
                    );
                if (why is not null)
                    throw Unusable(path, author, $"{place}: {why}");
            }

            return PolicyReader.Read(PrivateFile.ReadTrusted(path, PolicyReader.MaxSize), author, path);
        }
        catch (Exception e) when (e is not KmException)
        {
            // Whatever it is: a policy that was not read is none that allows anything.
            throw Unusable(path, author, e.Message);
        }
    }

    private static KmException Unusable(string path, PolicyAuthor author, string why) =>
        new(
            new KmError(
                ErrorCode.UnsafePolicy,
                $"The {author.ToString().ToLowerInvariant()}'s policy cannot be used",
                why,
                author == PolicyAuthor.Administrator
                    ? $"An administrator can correct it: chown root {path}; chmod 644 {path}"
                    : $"Make it your own and writable by nobody else: chmod 600 {path}"
            )
        );
}
