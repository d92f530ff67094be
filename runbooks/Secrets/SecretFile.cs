using System.Text;

namespace Runbooks.Secrets;

/// <summary>One secret in one file of UTF-8.</summary>
public static class SecretFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static async Task<SecretRead> ReadAsync(string path, CancellationToken cancel)
    {
        try
        {
            await using var file = File.OpenRead(path);
            if (file.Length > SecretMask.Longest)
                return new SecretRead.Unusable($"{path} is larger than {SecretMask.Longest / 1024} KB, which is no secret");
            using var reader = new StreamReader(file, Strict);
            return new SecretRead.Value((await reader.ReadToEndAsync(cancel)).TrimEnd('\n', '\r'));
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return new SecretRead.Missing($"there is no file {path}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new SecretRead.Unusable($"{path} cannot be read by the bot's user");
        }
        catch (DecoderFallbackException)
        {
            return new SecretRead.Unusable($"{path} is not UTF-8; a binary secret goes into a file that the step reads itself");
        }
    }
}
